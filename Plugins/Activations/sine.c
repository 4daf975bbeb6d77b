#define FACTOR(p) p[0]
#define U (s * z)
#include "elementwise.h"

#define F(z) sin(U)
#define SLOPE(z, a) s * cos(U)

ONE_PARAMETER("steepness", "how many radians z counts", 1, 0, INFINITY)
ACTIVATION_OF_ONE("sine", "sine",
    "a = sin(steepness z)", "f'(z) = steepness cos(steepness z)",
    "V. Sitzmann et al., Implicit Neural Representations with Periodic Activation Functions, 2020",
    -1, 1, NO_KINKS)
