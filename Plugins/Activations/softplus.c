#define F_TAIL(z) TAIL(z)
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) (z > 0 ? z : 0) + log1p(t)
#define SLOPE(z, a) (z < 0 ? t : 1) / (1 + t)

#include "elementwise.h"

ACTIVATION("softplus", "smooth rectifier",
    "a = ln(1 + exp(z))", "f'(z) = 1 / (1 + exp(-z))",
    "C. Dugas et al., 2001",
    0, INFINITY, NO_KINKS)
