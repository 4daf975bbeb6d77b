#include "elementwise.h"

#define F(z) exp(z)
#define SLOPE(z, a) a

ACTIVATION("exponential", "exponential function",
    "a = e^z",
    NULL,
    0, INFINITY, NO_KINKS)
