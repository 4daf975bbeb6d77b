#define F_TAIL(z) TAIL(z)
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) (z < 0 ? z : 0) - log1p(t)
#define SLOPE(z, a) (z < 0 ? 1 : t) / (1 + t)

#include "elementwise.h"

ACTIVATION("log_sigmoid", "logarithm of the sigmoid",
    "a = -ln(1 + exp(-z))", "f'(z) = 1 / (1 + exp(z))",
    NULL,
    -INFINITY, 0, NO_KINKS)
