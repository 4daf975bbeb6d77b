#include "per_output.h"
#include "softmax_pair.h"

#define VALUE(a, y) (y) == 0 ? 0 : -(y) * (a)
#define GRADIENT(a, y) -y

// Behind log_softmax a_k = z_k - ln Σ e^(z_j), and δ_k = e^(a_k) Σ y_j - y_k.
#define PROBABILITY(a) exp(a)
SOFTMAX_PAIR

LOSS(NNKIT_NON_NEGATIVE, "negative_log_likelihood", "for outputs that are the logarithms of probabilities",
     "L = -Σ y a", "dL/da = -y", "R. A. Fisher, 1912", OUTPUTS(-INFINITY, 0), TARGETS(0, 1),
     .canonical_activation = "log_softmax", .canonical_value = canonical_value, .canonical_delta = canonical_delta,
     .canonical_value_float = canonical_value_float, .canonical_delta_float = canonical_delta_float,
     .canonical_formula = "delta = if(Σ y = 1, exp(a) - y, exp(a) Σ y - y)")
