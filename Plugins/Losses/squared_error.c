#include "per_output.h"

#define VALUE(a, y) ((a) - (y)) * ((a) - (y))
#define GRADIENT(a, y) 2 * (a - y)

LOSS(NNKIT_NON_NEGATIVE, "squared_error", "squared distance from the target",
     "L = Σ (a - y)²", "dL/da = 2 (a - y)", "A.-M. Legendre, 1805",
     OUTPUTS(-INFINITY, INFINITY), TARGETS(-INFINITY, INFINITY))
