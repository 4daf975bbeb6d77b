#define FACTOR(p) p[0]
#define U (s * z)
#include "elementwise.h"

#define F(z) exp(-U * U)
// z · a first: 2z is infinite where z is near the greatest number.
#define SLOPE(z, a) -2 * s * (U * a)

ONE_PARAMETER("steepness", "how narrow it is", 1, 0, INFINITY)
ACTIVATION_OF_ONE("gaussian", "bell curve",
    "a = exp(-steepness² z²)", "f'(z) = -2 steepness² z a",
    "D. Broomhead and D. Lowe, 1988",
    0, 1, NO_KINKS)
