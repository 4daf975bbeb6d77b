// What the losses of this folder share: a loss is a sum over the outputs (or their mean) of a term for each.
//
// A file defines VALUE(a, y), the term, and GRADIENT(a, y), its derivative by a, as expressions that <tgmath.h> makes
// right for both precisions; `real` is the precision at hand, p[k] the value of parameter k. MEAN defined makes the sum a
// mean. A canonical pair has CANONICAL_VALUE(z, y) and CANONICAL_DELTA(z, a, y) besides.
// Then the file describes itself with LOSS(...).
#ifndef PER_OUTPUT_H
#define PER_OUTPUT_H

#include <math.h>
#include <tgmath.h>

#include "nnkit/plugin.h"

#include "../float_math.h"

// x ln y with 0 ln 0 = 0, and x / y with 0 / 0 = 0.
#define X_LOG_Y(x, y) ((x) == 0 ? 0 : (x) * log(y))
#define X_OVER_Y(x, y) ((x) == 0 ? 0 : (x) / (y))

#ifdef MEAN
#define SHARE(block) (1.0 / (double)((block)->neurons ? (block)->neurons : 1))
#else
#define SHARE(block) 1.0
#endif

// values[c] = share * sum over the rows j of TERM, where u and y are the elements of the two arrays.
#define SUMS(NAME, T, TERM)                                                                                     \
  KERNEL static int NAME(const double *p, const nnkit_block *block, const T *us, const T *ys,             \
                               double *values) {                                                                \
    typedef T real;                                                                                             \
    if (block->columns == 1) {                                                                                  \
      double sum = 0;                                                                                           \
      SHORT_LOOP for (size_t j = 0; j < block->neurons; ++j) {                                                  \
        const real u = us[j * block->row_stride], y = ys[j * block->row_stride];                                \
        sum += (double)(real)(TERM(u, y));                                                                      \
      }                                                                                                         \
      values[0] = sum * SHARE(block);                                                                           \
      return 0;                                                                                                 \
    }                                                                                                           \
    for (size_t c = 0; c < block->columns; ++c) values[c] = 0;                                                  \
    for (size_t j = 0; j < block->neurons; ++j) {                                                               \
      const T *us_row = us + j * block->row_stride, *ys_row = ys + j * block->row_stride;                       \
      for (size_t c = 0; c < block->columns; ++c) {                                                             \
        const real u = us_row[c], y = ys_row[c];                                                                \
        values[c] += (double)(real)(TERM(u, y));                                                                \
      }                                                                                                         \
    }                                                                                                           \
    for (size_t c = 0; c < block->columns; ++c) values[c] *= SHARE(block);                                      \
    (void)p;                                                                                                    \
    return 0;                                                                                                   \
  }

#define GRADIENTS(NAME, T)                                                                                      \
  KERNEL static int NAME(const double *p, const nnkit_block *block, const T *as, const T *ys,             \
                               T *received) {                                                                   \
    typedef T real;                                                                                             \
    const real share = (real)SHARE(block);                                                                      \
    if (IS_SHORT(block)) {                                                                                      \
      SHORT_LOOP for (size_t i = 0; i < block->neurons * block->columns; ++i) {                                 \
        const real a = as[i], y = ys[i];                                                                        \
        (void)a, (void)y;                                                                                       \
        received[i] = share * (real)(GRADIENT(a, y));                                                           \
      }                                                                                                         \
      return 0;                                                                                                 \
    }                                                                                                           \
    NNKIT_EACH(block, i) {                                                                                      \
      const real a = as[i], y = ys[i];                                                                          \
      (void)a, (void)y;                                                                                         \
      received[i] = share * (real)(GRADIENT(a, y));                                                             \
    }                                                                                                           \
    (void)p;                                                                                                    \
    return 0;                                                                                                   \
  }

#define LOSS_FUNCTIONS                                                                                          \
  SUMS(value, double, VALUE)                                                                                    \
  SUMS(value_float, float, VALUE)                                                                               \
  GRADIENTS(gradient, double)                                                                                   \
  GRADIENTS(gradient_float, float)

#define LOSS_FIELDS(PARAMETERS, COUNT, FLAGS, NAME, SUMMARY, FORMULA, REFERENCE)                                \
  .function = {sizeof(nnkit_loss), NNKIT_LOSS, NAME,  SUMMARY, FORMULA,                                         \
               REFERENCE,          PARAMETERS, COUNT, FLAGS,   {NULL, NULL, NULL, NULL}},                       \
  .target_off = 0, .target_on = 1, .value = value, .gradient = gradient, .value_float = value_float,            \
  .gradient_float = gradient_float

#define OUTPUTS(MINIMUM, MAXIMUM) .output_minimum = MINIMUM, .output_maximum = MAXIMUM
#define TARGETS(MINIMUM, MAXIMUM) .target_minimum = MINIMUM, .target_maximum = MAXIMUM

// LOSS(flags, "name", "summary", "formula", "gradient formula", "reference", OUTPUTS(...), TARGETS(...), further fields)
#define LOSS_WITH(PARAMETERS, COUNT, FLAGS, NAME, SUMMARY, FORMULA, GRADIENT_FORMULA, REFERENCE, ...)           \
  static const nnkit_loss loss = {LOSS_FIELDS(PARAMETERS, COUNT, FLAGS, NAME, SUMMARY, FORMULA, REFERENCE),     \
                                  .gradient_formula = GRADIENT_FORMULA,                                         \
                                  __VA_ARGS__};                                                                 \
  NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &loss.function)

#define LOSS(...) LOSS_FUNCTIONS LOSS_WITH(NULL, 0, __VA_ARGS__)

#endif
