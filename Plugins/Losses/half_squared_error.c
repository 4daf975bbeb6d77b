#include "per_output.h"

#define VALUE(a, y) ((a) - (y)) * ((a) - (y)) / 2
#define GRADIENT(a, y) a - y

LOSS(NNKIT_NON_NEGATIVE, "half_squared_error", "half the squared distance from the target",
     "L = Σ (a - y)² / 2", "dL/da = a - y", "D. Rumelhart, G. Hinton and R. Williams, 1986",
     OUTPUTS(-INFINITY, INFINITY), TARGETS(-INFINITY, INFINITY))
