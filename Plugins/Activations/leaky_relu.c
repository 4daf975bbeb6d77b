#include "elementwise.h"

#define F(z) z >= 0 ? z : (real)p[0] * z
#define SLOPE(z, a) z > 0 ? 1 : (real)p[0]

ONE_PARAMETER("slope", "the slope below 0", 0.01, -INFINITY, INFINITY)
ACTIVATION_OF_ONE("leaky_relu", "rectified linear unit that leaks below 0",
    "a = if(z >= 0, z, slope z)", "f'(z) = if(z > 0, 1, slope)",
    "A. Maas, A. Hannun and A. Ng, 2013",
    p[0] >= 0 ? -INFINITY : 0, INFINITY, p[0] != 1, {0})
