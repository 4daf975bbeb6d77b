#define ADD_INPUT(w, v, x) { s += ((x) - (w)) * ((x) - (w)); }
#define SCALE(bias) exp(bias)
#define Z(s, q, r) scale * sqrt(s)
// ∂z/∂x = e^b (x − w) / ‖x − w‖, and ‖x − w‖ = z / e^b.
#define COMMON(delta, z, by_weights) { u = z == 0 ? 0 : delta * scale / (z / scale); }
#define BY_WEIGHT(w, extra, x, u, v) (u) * ((w) - (x))
#define BY_INPUT(w, extra, x, u, v) (u) * ((x) - (w))
#define BY_BIAS(delta, z) (delta) * (z)

#include "kind.h"

NEURON("radial_basis", "distance from a centre w, in units of e^-b: goes with gaussian",
    "z = exp(b) sqrt(Σ (x - w)²)",
    "dz/dw = exp(2 b) (w - x) / z", "dz/dx = exp(2 b) (x - w) / z", "dz/db = z",
    "D. Broomhead and D. Lowe, Multivariable functional interpolation and adaptive networks, 1988")
