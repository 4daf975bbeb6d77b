// What the kinds of neurons without weights share: they make one number of their inputs. Each file gives, in both
// precisions, COMBINE(n, x, step) (z of the n inputs x[0], x[step], ...) and SEND(n, x, step, z, delta, messages, to) (adds
// to each message, `to` apart, what δ is of that input).
#ifndef POOLING_H
#define POOLING_H

#include <math.h>
#include <stddef.h>

#include "nnkit/plugin.h"

#include "../float_math.h"

static int weight_count(const double *p, size_t fan_in, size_t *count) {
  (void)p, (void)fan_in;
  *count = 0;
  return 0;
}

#define POOLING(T, NAME)                                                                                        \
  KERNEL static int combine##NAME(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x,  \
                                  T *z) {                                                                       \
    (void)p, (void)w, (void)b;                                                                                  \
    for (size_t j = 0; j < rows->neurons; ++j) {                                                                \
      for (size_t c = 0; c < rows->columns; ++c) {                                                              \
        z[j * rows->row_stride + c] = pool##NAME(rows->fan_in, x + c * rows->column_stride, rows->input_stride); \
      }                                                                                                         \
    }                                                                                                           \
    return 0;                                                                                                   \
  }                                                                                                             \
  static int accumulate##NAME(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x,      \
                              const T *z, const T *delta, T *dw, T *db) {                                       \
    (void)p, (void)rows, (void)w, (void)b, (void)x, (void)z, (void)delta, (void)dw, (void)db;                   \
    return 0;                                                                                                   \
  }                                                                                                             \
  KERNEL static int send##NAME(const double *p, const nnkit_rows *rows, const T *w, const T *b, const T *x,     \
                               const T *z, const T *delta, T *messages) {                                       \
    (void)p, (void)w, (void)b;                                                                                  \
    for (size_t j = 0; j < rows->neurons; ++j) {                                                                \
      for (size_t c = 0; c < rows->columns; ++c) {                                                              \
        const size_t at = j * rows->row_stride + c;                                                             \
        share##NAME(rows->fan_in, x + c * rows->column_stride, rows->input_stride, z[at], delta[at],            \
                    messages + c, rows->row_stride);                                                            \
      }                                                                                                         \
    }                                                                                                           \
    return 0;                                                                                                   \
  }

#define NEURON(NAME, SUMMARY, FORMULA, BY_INPUTS, REFERENCE)                                                    \
  static const nnkit_neuron neuron = {                                                                          \
      .function = {sizeof(nnkit_neuron), NNKIT_NEURON, NAME, SUMMARY, FORMULA, REFERENCE, NULL, 0, 0,           \
                   {NULL, NULL, NULL, NULL}},                                                                   \
      .weight_count = weight_count,                                                                             \
      .combine = combine,                                                                                       \
      .accumulate = accumulate,                                                                                 \
      .send = send,                                                                                             \
      .combine_float = combine_float,                                                                           \
      .accumulate_float = accumulate_float,                                                                     \
      .send_float = send_float,                                                                                 \
      .input_derivative = BY_INPUTS,                                                                            \
  };                                                                                                            \
  NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &neuron.function)

#endif
