#include "elementwise.h"

#define F(z) z <= -3 ? 0 : z >= 3 ? 1 : (z + 3) / 6
#define SLOPE(z, a) z > -3 && z < 3 ? 1 / (real)6 : 0

ACTIVATION("hard_sigmoid", "sigmoid made of straight lines",
    "a = min(max(0, z + 3), 6) / 6",
    "M. Courbariaux, Y. Bengio and J.-P. David, 2015",
    0, 1, KINKS(-3, 3))
