// f' = s(z) (1 + z s(-z)) with the sigmoid s.
#define F_TAIL(z) TAIL(z)
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) z * ((z < 0 ? t : 1) / (1 + t))
#define SLOPE(z, a) (z < 0 ? t : 1) / (1 + t) * (1 + z * ((z < 0 ? 1 : t) / (1 + t)))

#include "elementwise.h"

ACTIVATION("silu", "sigmoid linear unit, also called swish",
    "a = z / (1 + exp(-z))", "f'(z) = a + (1 - a) / (1 + exp(-z))",
    "S. Elfwing, E. Uchibe and K. Doya, 2018",
    -0.27846454276107380, INFINITY, NO_KINKS)
