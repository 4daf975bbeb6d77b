#define ADD_INPUT(w, v, x) { s += (w) * (x); }
#define Z(s, q, r) s + bias
#define BY_WEIGHT(w, extra, x, u, v) (u) * (x)
#define BY_INPUT(w, extra, x, u, v) (u) * (w)

#include "kind.h"

NEURON("weighted_sum", "weighted sum of the inputs", "z = Σ w x + b",
    "dz/dw = x", "dz/dx = w", "dz/db = 1",
    "W. McCulloch and W. Pitts, 1943; F. Rosenblatt, 1958")
