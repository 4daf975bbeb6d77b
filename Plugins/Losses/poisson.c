#include "per_output.h"

#define VALUE(a, y) a - X_LOG_Y(y, a)
#define GRADIENT(a, y) 1 - X_OVER_Y(y, a)

LOSS(0, "poisson", "for counts: outputs are the rates of Poisson distributions",
     "L = Σ (a - y ln(a))", "dL/da = 1 - y / a", "S. D. Poisson, 1837",
     OUTPUTS(0, INFINITY), TARGETS(0, INFINITY))
