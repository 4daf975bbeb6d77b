// What a message is made of cancels where w and x point the same way.
#define REAL double
// s = w·x, q = ‖w‖², r = ‖x‖²
#define ADD_INPUT(w, v, x) { s += (w) * (x), q += (w) * (w), r += (x) * (x); }
#define COSINE (q == 0 || r == 0 ? 0 : s / (sqrt(q) * sqrt(r)))
#define Z(s, q, r) COSINE + bias
#define NEEDS_SUMS 1
// ∂z/∂w = x / (‖w‖ ‖x‖) − cos · w / ‖w‖², and with w and x exchanged ∂z/∂x.
#define COMMON(delta, z, by_weights)                                    \
  {                                                                     \
    const int is_nothing = q == 0 || r == 0;                            \
    u = is_nothing ? 0 : delta / (sqrt(q) * sqrt(r));                   \
    v = is_nothing ? 0 : delta * COSINE / (by_weights ? q : r);         \
  }
#define BY_WEIGHT(w, extra, x, u, v) (u) * (x) - (v) * (w)
#define BY_INPUT(w, extra, x, u, v) (u) * (w) - (v) * (x)

#include "kind.h"

NEURON("cosine", "cosine of the angle between weights and inputs, whatever their lengths",
    "z = (Σ w x) / (sqrt(Σ w²) sqrt(Σ x²)) + b",
    "dz/dw = if((Σ w²) (Σ x²) = 0, 0, x / (sqrt(Σ w²) sqrt(Σ x²)) - (z - b) w / Σ w²)",
    "dz/dx = if((Σ w²) (Σ x²) = 0, 0, w / (sqrt(Σ w²) sqrt(Σ x²)) - (z - b) x / Σ x²)", "dz/db = 1",
    "C. Luo et al., Cosine normalization: using cosine similarity instead of dot product in neural networks, 2017")
