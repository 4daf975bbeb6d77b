#include "elementwise.h"

// The constants of the paper.
#define ALPHA (real)1.6732632423543772848170429916717
#define SCALE (real)1.0507009873554804934193349852946
#define F(z) SCALE * (z > 0 ? z : ALPHA * expm1(z))
#define SLOPE(z, a) z > 0 ? SCALE : SCALE * ALPHA * exp(z)

ACTIVATION("selu", "scaled exponential linear unit, which keeps mean 0 and deviation 1",
    "a = 1.0507009873554805 if(z > 0, z, 1.6732632423543772 (exp(z) - 1))",
    "f'(z) = 1.0507009873554805 if(z > 0, 1, 1.6732632423543772 exp(z))",
    "G. Klambauer et al., Self-Normalizing Neural Networks, 2017",
    -1.7580993408473769, INFINITY, KINKS(0))
