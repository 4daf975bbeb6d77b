// a + 1 would lose digits where a is near -1, so the slope takes the exponential itself.
#define U ((real)p[0] * z)
#define F_TAIL(z) exp(-U * U)
#define SLOPE_TAIL(z) exp(-U * U)
#define F(z) 2 * t - 1
#define SLOPE(z, a) -4 * (real)p[0] * (U * t)

#include "elementwise.h"

ONE_PARAMETER("steepness", "how narrow it is", 1, 0, INFINITY)
ACTIVATION_OF_ONE("gaussian_symmetric", "bell curve from -1 to 1",
    "a = 2 exp(-(steepness z)²) - 1", "f'(z) = -4 steepness² z exp(-(steepness z)²)",
    "S. Nissen, FANN, 2003",
    -1, 1, NO_KINKS)
