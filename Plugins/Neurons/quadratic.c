// A second weight for each input, of its square.
#define EXTRA 1
#define ADD_INPUT(w, v, x) { s += ((w) + (v) * (x)) * (x); }
#define Z(s, q, r) s + bias
#define BY_WEIGHT(w, extra, x, u, v) (u) * (x)
#define BY_EXTRA(x, u) (u) * (x) * (x)
#define BY_INPUT(w, extra, x, u, v) (u) * ((w) + 2 * (extra) * (x))

#include "kind.h"

NEURON("quadratic", "weighted sum of the inputs and of their squares",
    "z = Σ_i (w_i x_i + w_(n+i) x_i²) + b",
    "dz/dw_i = if(i < n, x_i, x_(i-n)²)", "dz/dx_i = w_i + 2 w_(n+i) x_i", "dz/db = 1",
    "D. Volper and S. Hampson, Quadratic function nodes, 1990")
