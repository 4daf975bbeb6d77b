#include "per_output.h"

#define VALUE(a, y) -(X_LOG_Y(y, a) + ((y) == 1 ? 0 : (1 - (y)) * log1p(-(a))))
#define GRADIENT(a, y) X_OVER_Y(1 - y, 1 - a) - X_OVER_Y(y, a)

// Behind sigmoid, ln a = -ln(1 + e^-z): L = max(z, 0) - y z + ln(1 + e^-|z|), and δ = a - y. The side of z on which a
// is near 1 is written with e^-|z|, so that a - 1 keeps its digits.
#define CANONICAL_VALUE(z, y) (z > 0 ? (1 - (y)) * z : -(y) * z) + log1p(exp(-fabs(z)))
#define CANONICAL_DELTA(z, y, t) z > 0 ? (1 - y) - t / (1 + t) : t / (1 + t) - y

#define DELTAS(NAME, T)                                                                                         \
  KERNEL static int NAME(const double *p, const nnkit_block *block, const T *zs, const T *as,             \
                               const T *ys, T *delta) {                                                         \
    NNKIT_EACH(block, i) {                                                                                      \
      const T z = zs[i], y = ys[i], t = exp(-fabs(z));                                                          \
      delta[i] = CANONICAL_DELTA(z, y, t);                                                                      \
    }                                                                                                           \
    (void)p, (void)as;                                                                                          \
    return 0;                                                                                                   \
  }

SUMS(canonical_value, double, CANONICAL_VALUE)
SUMS(canonical_value_float, float, CANONICAL_VALUE)
DELTAS(canonical_delta, double)
DELTAS(canonical_delta_float, float)

LOSS(NNKIT_NON_NEGATIVE, "binary_cross_entropy", "for outputs that are each the probability of a class of its own",
     "L = -Σ (y ln(a) + (1 - y) ln(1 - a))", "dL/da = (1 - y) / (1 - a) - y / a", "D. R. Cox, 1958",
     OUTPUTS(0, 1), TARGETS(0, 1),
     .canonical_activation = "sigmoid", .canonical_value = canonical_value, .canonical_delta = canonical_delta,
     .canonical_value_float = canonical_value_float, .canonical_delta_float = canonical_delta_float,
     .canonical_formula = "delta = a - y")
