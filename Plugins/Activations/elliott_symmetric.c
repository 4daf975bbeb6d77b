#include "elementwise.h"

#define U ((real)p[0] * z)
#define F(z) U / (1 + fabs(U))
#define SLOPE(z, a) (real)p[0] / ((1 + fabs(U)) * (1 + fabs(U)))

ONE_PARAMETER("steepness", "its slope at 0", 1, 0, INFINITY)
ACTIVATION_OF_ONE("elliott_symmetric", "tanh's shape without exponentials",
    "a = steepness z / (1 + |steepness z|)", "f'(z) = steepness / (1 + |steepness z|)²",
    "D. Elliott, A better activation function for artificial neural networks, 1993",
    -1, 1, NO_KINKS)
