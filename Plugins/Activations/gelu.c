#include "elementwise.h"

// Φ by erfc, which keeps its digits where 1 + erf cancels; the factor of the slope is 1 / √(2π).
#define NORMAL(z) (erfc(-z * (real)0.70710678118654752440) / 2)
#define F(z) z * NORMAL(z)
#define SLOPE(z, a) NORMAL(z) + z * (real)0.39894228040143267794 * exp(-z * z / 2)

ACTIVATION("gelu", "Gaussian error linear unit, exact",
    "a = z (1 + erf(z / sqrt(2))) / 2",
    "f'(z) = (1 + erf(z / sqrt(2))) / 2 + z exp(-z² / 2) / sqrt(2 pi)",
    "D. Hendrycks and K. Gimpel, 2016",
    -0.16997120747990369, INFINITY, NO_KINKS)
