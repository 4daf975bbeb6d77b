#include "elementwise.h"

#define U ((real)p[0] * z)
#define F(z) U < 0 ? 0 : U > 1 ? 1 : U
#define SLOPE(z, a) U > 0 && U < 1 ? (real)p[0] : 0

ONE_PARAMETER("steepness", "its slope", 1, 0, INFINITY)
ACTIVATION_OF_ONE("linear_piece", "a straight line between 0 and 1",
    "a = min(max(0, steepness z), 1)", "f'(z) = if(0 < steepness z < 1, steepness, 0)",
    "S. Nissen, FANN, 2003",
    0, p[0] > 0 ? 1 : 0, p[0] > 0 ? 2 : 0, {0, 1 / p[0]})
