#include "elementwise.h"

#define F(z) exp(z)
#define SLOPE(z, a) a

ACTIVATION("exponential", "exponential function",
    "a = exp(z)", "f'(z) = a",
    NULL,
    0, INFINITY, NO_KINKS)
