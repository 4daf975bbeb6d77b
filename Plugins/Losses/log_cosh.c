#define MEAN
#include "per_output.h"

// Near 0 by ln cosh x = ln(1 + sinh² x) / 2, which keeps its digits; else by a form that never overflows.
#define VALUE(a, y) fabs(a - y) < 1 ? log1p(sinh(a - y) * sinh(a - y)) / 2 : fabs(a - y) + log1p(exp(-2 * fabs(a - y))) - (real)0.69314718055994530942
#define GRADIENT(a, y) tanh(a - y)

LOSS(NNKIT_NON_NEGATIVE, "log_cosh", "squares small errors and takes large ones as they are, smoothly",
     "L = (1/K) Σ ln(cosh(a - y))", "dL/da = tanh(a - y) / K", NULL,
     OUTPUTS(-INFINITY, INFINITY), TARGETS(-INFINITY, INFINITY))
