// With t = e^-|z|, tanh(ln(1 + e^z)) is (1 + 2t) / (1 + 2t + 2t²) for z >= 0, and (t² + 2t) / (t² + 2t + 2) below;
// its slope is 4t² (1 + t) or 4t (1 + t) over the square of the denominator.
#define LOWER(z) (z < 0 ? t * t + 2 * t + 2 : 1 + 2 * t + 2 * t * t)
#define GATE(z) ((z < 0 ? t * t + 2 * t : 1 + 2 * t) / LOWER(z))
#define GATE_SLOPE(z) (4 * (z < 0 ? t : t * t) * (1 + t) / (LOWER(z) * LOWER(z)))
#define F_TAIL(z) TAIL(z)
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) z * GATE(z)
#define SLOPE(z, a) GATE(z) + z * GATE_SLOPE(z)

#include "elementwise.h"

ACTIVATION("mish", "z gated by tanh of softplus",
    "a = z tanh(ln(1 + exp(z)))",
    "f'(z) = tanh(ln(1 + exp(z))) + z (1 - tanh(ln(1 + exp(z)))²) / (1 + exp(-z))",
    "D. Misra, 2019",
    -0.30884341301725045, INFINITY, NO_KINKS)
