// f' = 1 / cosh² z; 1 - a² would be 0 from z = 19 on.
#define FACTOR(p) p[0]
#define U (s * z)
#define F_TAIL(z) 0
#define SLOPE_TAIL(z) exp(-2 * fabs(U))
#define F(z) tanh(U)
#define SLOPE(z, a) s * (4 * t / ((1 + t) * (1 + t)))

#include "elementwise.h"

ONE_PARAMETER("steepness", "its slope at 0", 1, 0, INFINITY)
ACTIVATION_OF_ONE("tanh", "hyperbolic tangent, between -1 and 1",
    "a = tanh(steepness z)", "f'(z) = steepness (1 - a²)",
    "Y. LeCun et al., Efficient BackProp, 1998",
    -1, 1, NO_KINKS)
