#include "per_output.h"

// Not flagged as never negative: it is that only for outputs that add up to as much as the targets.
#define VALUE(a, y) (y) == 0 ? 0 : (y) * log((y) / (a))
#define GRADIENT(a, y) -X_OVER_Y(y, a)

LOSS(0, "kl_divergence", "Kullback-Leibler divergence of the outputs from the targets",
     "L = Σ y ln(y / a)", "dL/da = -y / a", "S. Kullback and R. Leibler, 1951",
     OUTPUTS(0, 1), TARGETS(0, 1))
