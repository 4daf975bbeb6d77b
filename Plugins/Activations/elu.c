#include "elementwise.h"

#define F(z) z > 0 ? z : (real)p[0] * expm1(z)
#define SLOPE(z, a) z > 0 ? 1 : (real)p[0] * exp(z)

ONE_PARAMETER("alpha", "how far below 0 it reaches", 1, -INFINITY, INFINITY)
ACTIVATION_OF_ONE("elu", "exponential linear unit",
    "a = if(z > 0, z, alpha (exp(z) - 1))", "f'(z) = if(z > 0, 1, alpha exp(z))",
    "D.-A. Clevert, T. Unterthiner and S. Hochreiter, 2016",
    p[0] > 0 ? -p[0] : 0, INFINITY, p[0] != 1, {0})
