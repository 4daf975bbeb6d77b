#include "elementwise.h"

#define F(z) z
#define SLOPE(z, a) 1

ACTIVATION("identity", "leaves z as it is",
    "a = z", "f'(z) = 1",
    NULL,
    -INFINITY, INFINITY, NO_KINKS)
