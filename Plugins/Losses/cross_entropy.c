#include "per_output.h"
#include "softmax_pair.h"

#define VALUE(a, y) -X_LOG_Y(y, a)
#define GRADIENT(a, y) -X_OVER_Y(y, a)

// Behind softmax L = -Σ y_k ln a_k with ln a_k = z_k - ln Σ e^(z_j), and δ_k = a_k Σ y_j - y_k.
#define PROBABILITY(a) a
SOFTMAX_PAIR

LOSS(NNKIT_NON_NEGATIVE, "cross_entropy", "for outputs that are the probabilities of classes that exclude each other",
     "L = -Σ y ln(a)", "dL/da = -y / a", "R. A. Fisher, 1912; I. J. Good, 1952", OUTPUTS(0, 1), TARGETS(0, 1),
     .canonical_activation = "softmax", .canonical_value = canonical_value, .canonical_delta = canonical_delta,
     .canonical_value_float = canonical_value_float, .canonical_delta_float = canonical_delta_float,
     .canonical_formula = "delta = if(Σ y = 1, a - y, a Σ y - y)")
