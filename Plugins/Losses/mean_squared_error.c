#define MEAN
#include "per_output.h"

#define VALUE(a, y) ((a) - (y)) * ((a) - (y))
#define GRADIENT(a, y) 2 * (a - y)

LOSS(NNKIT_NON_NEGATIVE, "mean_squared_error", "squared error, averaged over the outputs",
     "L = (1/K) Σ (a - y)²", "dL/da = 2 (a - y) / K", "A.-M. Legendre, 1805",
     OUTPUTS(-INFINITY, INFINITY), TARGETS(-INFINITY, INFINITY))
