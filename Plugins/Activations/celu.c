#include "elementwise.h"

#define F(z) z > 0 ? z : (real)p[0] * expm1(z / (real)p[0])
#define SLOPE(z, a) z > 0 ? 1 : exp(z / (real)p[0])

ONE_PARAMETER("alpha", "how far below 0 it reaches", 1, 1e-6, INFINITY)
ACTIVATION_OF_ONE("celu", "continuously differentiable exponential linear unit",
    "a = if(z > 0, z, alpha (exp(z / alpha) - 1))", "f'(z) = if(z > 0, 1, exp(z / alpha))",
    "J. T. Barron, 2017",
    -p[0], INFINITY, NO_KINKS)
