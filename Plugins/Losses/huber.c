#define MEAN
#include "per_output.h"

// delta is p[0]: up to it errors are squared, beyond it taken as they are.
#define DISTANCE(a, y) fabs((a) - (y))
#define VALUE(a, y)                                                                      \
  DISTANCE(a, y) <= (real)p[0] ? ((a) - (y)) * ((a) - (y)) / 2                           \
                               : (real)p[0] * (DISTANCE(a, y) - (real)p[0] / 2)
#define GRADIENT(a, y) DISTANCE(a, y) <= (real)p[0] ? a - y : a > y ? (real)p[0] : -(real)p[0]

static const nnkit_parameter parameters[] = {
    {"delta", "the error from which on the loss grows evenly", 1, 1e-6, INFINITY, 0, 0}};

LOSS_FUNCTIONS
LOSS_WITH(parameters, 1, NNKIT_NON_NEGATIVE, "huber", "squares small errors and takes large ones as they are",
          "L = (1/K) Σ if(|a - y| <= delta, (a - y)² / 2, delta (|a - y| - delta / 2))",
          "dL/da = if(|a - y| <= delta, a - y, delta sign(a - y)) / K", "P. J. Huber, 1964",
          OUTPUTS(-INFINITY, INFINITY), TARGETS(-INFINITY, INFINITY))
