#include "whole_layer.h"

// In each column a_k = (z_k - m) - ln Σ e^(z_j - m), m the greatest z: nothing overflows, and the sum is at least 1.
#define EVALUATE_COLUMNS(T)                                                      \
  COLUMNS_MAXIMUM(T, z)                                                          \
  T sum[CHUNK] = {0};                                                            \
  EACH_IN_CHUNK(j, c) sum[c] += (T)exp(AT(z, j, c) - maximum[c]);                \
  EACH_COLUMN(c) sum[c] = (T)log(sum[c]);                                        \
  EACH_IN_CHUNK(j, c) AT(a, j, c) = (AT(z, j, c) - maximum[c]) - sum[c];

// δ_k = received_k - e^(a_k) Σ received_j
#define BACKWARD_COLUMNS(T)                                                      \
  T sum[CHUNK] = {0};                                                            \
  EACH_IN_CHUNK(j, c) sum[c] += AT(received, j, c);                              \
  EACH_IN_CHUNK(j, c) AT(delta, j, c) = AT(received, j, c) - (T)exp(AT(a, j, c)) * sum[c];

WHOLE_LAYER("log_softmax", "logarithms of softmax",
            "a_k = z_k - ln(Σ_j exp(z_j))", "da_k/dz_j = if(k = j, 1, 0) - exp(a_j)",
            "J. S. Bridle, 1990", -INFINITY, 0)
