#include "pooling.h"

// Of equal inputs the first counts: that of the smallest number.
#define MAXIMUM(T, NAME)                                                                                 \
  INLINE T pool##NAME(size_t n, const T *x, size_t step) {                                               \
    T z = x[0];                                                                                          \
    for (size_t i = 1; i < n; ++i) z = x[i * step] > z ? x[i * step] : z;                                \
    return z;                                                                                            \
  }                                                                                                      \
  INLINE void share##NAME(size_t n, const T *x, size_t step, T z, T delta, T *messages, size_t to) {     \
    for (size_t i = 0; i < n; ++i) {                                                                     \
      if (x[i * step] == z) {                                                                            \
        messages[i * to] += delta;                                                                       \
        return;                                                                                          \
      }                                                                                                  \
    }                                                                                                    \
  }

MAXIMUM(double, )
MAXIMUM(float, _float)
POOLING(double, )
POOLING(float, _float)

NEURON("maximum", "the greatest of the inputs; without weights and without a bias, as pooling layers use it",
    "z = max_i x_i", "dz/dx_i = if(x_i = z, Π_j if(j < i, if(x_j = z, 0, 1), 1), 0)",
    "J. Weng, N. Ahuja and T. Huang, Cresceptron: a self-organizing neural network which grows adaptively, 1992")
