// s: the product of the factors that are not 0, q: how many are. ∂z/∂w is x times the product of the other factors.
#define START 1
#define ADD_INPUT(w, v, x)                         \
  {                                           \
    const real factor = 1 + (w) * (x);        \
    s *= factor == 0 ? 1 : factor;            \
    q += factor == 0 ? 1 : 0;                 \
  }
#define Z(s, q, r) (q == 0 ? s : 0) + bias
#define NEEDS_SUMS 1
#define COMMON(delta, z, by_weights) { u = delta * s, v = q; }
// With one factor 0 its own derivative alone is not 0, with two or more none is.
#define OTHERS(factor, u, v) ((factor) == 0 ? ((v) == 1 ? (u) : 0) : ((v) == 0 ? (u) / (factor) : 0))
#define BY_WEIGHT(w, extra, x, u, v) (x) * OTHERS(1 + (w) * (x), u, v)
#define BY_INPUT(w, extra, x, u, v) (w) * OTHERS(1 + (w) * (x), u, v)

#include "kind.h"

NEURON("product", "sigma-pi unit with every conjunction of its inputs: one alone computes xor",
    "z = Π (1 + w x) + b",
    "dz/dw_i = x_i Π_j if(j = i, 1, 1 + w_j x_j)",
    "dz/dx_i = w_i Π_j if(j = i, 1, 1 + w_j x_j)", "dz/db = 1",
    "D. Rumelhart, G. Hinton and J. McClelland, Parallel Distributed Processing, vol. 1, ch. 2, 1986")
