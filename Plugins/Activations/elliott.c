#include "elementwise.h"

// 0.5 + u / (2 (1 + |u|)), written so that the left half loses no digits.
#define U ((real)p[0] * z)
#define F(z) U < 0 ? 1 / (2 * (1 - U)) : U >= 0 ? (1 + U / (1 + U)) / 2 : z
#define SLOPE(z, a) (real)p[0] / (2 * (1 + fabs(U)) * (1 + fabs(U)))

ONE_PARAMETER("steepness", "how steep it is at 0", 1, 0, INFINITY)
ACTIVATION_OF_ONE("elliott", "sigmoid's shape without exponentials",
    "a = steepness z / (2 (1 + |steepness z|)) + 0.5", "f'(z) = steepness / (2 (1 + |steepness z|)²)",
    "D. Elliott, A better activation function for artificial neural networks, 1993",
    0, 1, NO_KINKS)
