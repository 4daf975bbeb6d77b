// What softmax and log_softmax share. Columns are independent; they are taken some at a time, so that what is kept for
// each fits on the stack and the inner loops run along rows.
#ifndef WHOLE_LAYER_H
#define WHOLE_LAYER_H

#include <math.h>
#include <tgmath.h>

#include "nnkit/plugin.h"

#include "../float_math.h"

#define CHUNK 64
#define AT(array, j, c) array[(j) * block->row_stride + first + (c)]
#define EACH_COLUMN(c) for (size_t c = 0; c < count; ++c)
#define EACH_IN_CHUNK(j, c) for (size_t j = 0; j < block->neurons; ++j) EACH_COLUMN(c)
#define EACH_CHUNK                                                                                 \
  for (size_t first = 0, count; first < block->columns &&                                          \
       ((count = block->columns - first < CHUNK ? block->columns - first : CHUNK), 1); first += count)

#define COLUMNS_MAXIMUM(T, z)                                                                      \
  T maximum[CHUNK];                                                                                \
  EACH_COLUMN(c) maximum[c] = (T)-INFINITY;                                                        \
  EACH_IN_CHUNK(j, c) maximum[c] = AT(z, j, c) > maximum[c] ? AT(z, j, c) : maximum[c];

#define WHOLE_LAYER_LOOPS(T, SUFFIX)                                                                              \
  KERNEL static int evaluate##SUFFIX(const double *p, const nnkit_block *block, const T *z, T *a) {         \
    EACH_CHUNK { EVALUATE_COLUMNS(T) }                                                                            \
    (void)p;                                                                                                      \
    return 0;                                                                                                     \
  }                                                                                                               \
  KERNEL static int backward##SUFFIX(const double *p, const nnkit_block *block, const T *z, const T *a,     \
                                           const T *received, T *delta) {                                         \
    EACH_CHUNK { BACKWARD_COLUMNS(T) }                                                                            \
    (void)p, (void)z;                                                                                             \
    return 0;                                                                                                     \
  }

#define WHOLE_LAYER(NAME, SUMMARY, FORMULA, DERIVATIVE, REFERENCE, MINIMUM, MAXIMUM)                              \
  WHOLE_LAYER_LOOPS(double, )                                                                                     \
  WHOLE_LAYER_LOOPS(float, _float)                                                                                \
  static int describe(const double *p, nnkit_shape *shape) {                                                      \
    (void)p;                                                                                                      \
    shape->minimum = (MINIMUM);                                                                                   \
    shape->maximum = (MAXIMUM);                                                                                   \
    return 0;                                                                                                     \
  }                                                                                                               \
  static const nnkit_activation activation = {                                                                    \
      .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, NAME, SUMMARY, FORMULA, REFERENCE, NULL, 0,        \
                   NNKIT_WHOLE_LAYER, {NULL, NULL, NULL, NULL}},                                                  \
      .describe = describe,                                                                                       \
      .evaluate = evaluate,                                                                                       \
      .backward = backward,                                                                                       \
      .evaluate_float = evaluate_float,                                                                           \
      .backward_float = backward_float,                                                                           \
      .derivative = DERIVATIVE,                                                                                   \
  };                                                                                                              \
  NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &activation.function)

#endif
