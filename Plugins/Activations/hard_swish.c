#include "elementwise.h"

#define F(z) z <= -3 ? 0 : z >= 3 ? z : z * (z + 3) / 6
#define SLOPE(z, a) z <= -3 ? 0 : z >= 3 ? 1 : (2 * z + 3) / 6

ACTIVATION("hard_swish", "silu made of a parabola and straight lines",
    "a = z min(max(0, z + 3), 6) / 6", "f'(z) = if(z <= -3, 0, if(z >= 3, 1, (2 z + 3) / 6))",
    "A. Howard et al., Searching for MobileNetV3, 2019",
    -0.375, INFINITY, KINKS(-3, 3))
