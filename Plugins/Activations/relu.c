#include "elementwise.h"

#define F(z) z < 0 ? 0 : z
#define SLOPE(z, a) z > 0 ? 1 : 0

ACTIVATION("relu", "rectified linear unit",
    "a = max(0, z)", "f'(z) = if(z > 0, 1, 0)",
    "V. Nair and G. Hinton, 2010",
    0, INFINITY, KINKS(0))
