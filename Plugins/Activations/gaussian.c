#include "elementwise.h"

#define F(z) exp(-z * z)
// z · a first: 2z is infinite where z is near the greatest number.
#define SLOPE(z, a) -2 * (z * a)

ACTIVATION("gaussian", "bell curve",
    "a = exp(-z²)", "f'(z) = -2 z a",
    "D. Broomhead and D. Lowe, 1988",
    0, 1, NO_KINKS)
