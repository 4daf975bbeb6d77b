#include "elementwise.h"

#define F(z) z < -1 ? -1 : z > 1 ? 1 : z
#define SLOPE(z, a) z > -1 && z < 1 ? 1 : 0

ACTIVATION("hard_tanh", "tanh made of straight lines",
    "a = min(max(-1, z), 1)", "f'(z) = if(-1 < z < 1, 1, 0)",
    "R. Collobert, 2004",
    -1, 1, KINKS(-1, 1))
