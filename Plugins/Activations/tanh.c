// f' = 1 / cosh² z; 1 - a² would be 0 from z = 19 on.
#define F_TAIL(z) 0
#define SLOPE_TAIL(z) exp(-2 * fabs(z))
#define F(z) tanh(z)
#define SLOPE(z, a) 4 * t / ((1 + t) * (1 + t))

#include "elementwise.h"

ACTIVATION("tanh", "hyperbolic tangent, between -1 and 1",
    "a = tanh(z)", "f'(z) = 1 - a²",
    "Y. LeCun et al., Efficient BackProp, 1998",
    -1, 1, NO_KINKS)
