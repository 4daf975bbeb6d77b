#include "whole_layer.h"

// In each column a_k = e^(z_k - m) / Σ e^(z_j - m), m the greatest z: nothing overflows, and the sum is at least 1.
#define EVALUATE_COLUMNS(T)                                                      \
  COLUMNS_MAXIMUM(T, z)                                                          \
  T sum[CHUNK] = {0};                                                            \
  EACH_IN_CHUNK(j, c) sum[c] += (AT(a, j, c) = (T)exp(AT(z, j, c) - maximum[c])); \
  EACH_IN_CHUNK(j, c) AT(a, j, c) /= sum[c];

// δ_k = a_k (received_k - Σ a_j received_j)
#define BACKWARD_COLUMNS(T)                                                      \
  T sum[CHUNK] = {0};                                                            \
  EACH_IN_CHUNK(j, c) sum[c] += AT(a, j, c) * AT(received, j, c);                \
  EACH_IN_CHUNK(j, c) AT(delta, j, c) = AT(a, j, c) * (AT(received, j, c) - sum[c]);

WHOLE_LAYER("softmax", "shares that add up to 1 over the layer",
            "a_k = exp(z_k) / Σ_j exp(z_j)", "da_k/dz_j = a_k (if(k = j, 1, 0) - a_j)",
            "J. S. Bridle, 1990", 0, 1)
