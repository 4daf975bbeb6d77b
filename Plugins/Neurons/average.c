#include "pooling.h"

#define AVERAGE(T, NAME)                                                                                 \
  INLINE T pool##NAME(size_t n, const T *x, size_t step) {                                               \
    T sum = 0;                                                                                           \
    for (size_t i = 0; i < n; ++i) sum += x[i * step];                                                   \
    return sum / (T)n;                                                                                   \
  }                                                                                                      \
  INLINE void share##NAME(size_t n, const T *x, size_t step, T z, T delta, T *messages, size_t to) {     \
    (void)x, (void)step, (void)z;                                                                        \
    for (size_t i = 0; i < n; ++i) messages[i * to] += delta / (T)n;                                     \
  }

AVERAGE(double, )
AVERAGE(float, _float)
POOLING(double, )
POOLING(float, _float)

NEURON("average", "the mean of the inputs; without weights and without a bias, as pooling layers use it",
    "z = Σ x / n", "dz/dx_i = 1 / n",
    "Y. LeCun et al., Handwritten digit recognition with a back-propagation network, 1989")
