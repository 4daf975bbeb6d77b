// What the kinds of neurons of this folder share: from a few formulas the functions of nnkit_neuron, in both precisions.
//
// A file defines, as expressions of the precision computed with (`real`, which is REAL):
//   ADD_INPUT(w, v, x)   a statement: what one input adds to the sums s, q and r; v is its second weight where EXTRA is 1
//   Z(s, q, r)      z from the sums, `bias` and `scale`
//   BY_WEIGHT(w, v, x, u, v), BY_INPUT(…)   δ ∂z/∂wᵢ and δ ∂z/∂xᵢ; u and v are what a column's have in common
// and where the defaults below do not suit: START of s, SCALE(bias), COMMON(delta, z, by_weights), NEEDS_SUMS,
// BY_BIAS(delta, z), EXTRA and BY_EXTRA(x, u), REAL. Then it includes this file, and describes itself with NEURON(...).
#ifndef KIND_H
#define KIND_H

#include <math.h>
#include <stddef.h>
#include <tgmath.h>

#include "nnkit/plugin.h"

#include "../float_math.h"

// What is computed with between the arrays; a kind whose terms may all but cancel takes double for both precisions.
#ifndef REAL
#define REAL T
#endif

// So many columns are worked on at a time, with their sums on the stack.
#define TILE 64

#ifndef START
#define START 0
#endif
// What follows from a neuron's bias alone, once for all columns.
#ifndef SCALE
#define SCALE(bias) bias
#endif
// A statement that gives u and v; u is δ before it, v is 0.
#ifndef COMMON
#define COMMON(delta, z, by_weights) {}
#endif
// Whether COMMON needs the sums over the inputs again.
#ifndef NEEDS_SUMS
#define NEEDS_SUMS 0
#endif
#ifndef BY_BIAS
#define BY_BIAS(delta, z) (delta)
#endif
// Whether each input has a second weight; BY_EXTRA is δ ∂z/∂vᵢ.
#ifndef EXTRA
#define EXTRA 0
#define BY_EXTRA(x, u) 0
#endif

// Sums may be added up in any order: only so are they vectorised. gcc does not know it and leaves them as they are.
#ifdef __clang__
#pragma clang fp reassociate(on)
#endif

// No formula needs all that there is.
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define T double
#define NAME(name) name
#include "loops.h"
#undef T
#undef NAME
#define T float
#define NAME(name) name##_float
#include "loops.h"
#undef T
#undef NAME

#if EXTRA
#define WEIGHT_COUNT weight_count
static int weight_count(const double *p, size_t fan_in, size_t *count) {
  (void)p;
  *count = 2 * fan_in;
  return 0;
}
#else
#define WEIGHT_COUNT NULL
#endif

#define NEURON(NAME, SUMMARY, FORMULA, BY_WEIGHTS, BY_INPUTS, BY_BIASES, REFERENCE)                             \
  static const nnkit_neuron neuron = {                                                                          \
      .function = {sizeof(nnkit_neuron), NNKIT_NEURON, NAME, SUMMARY, FORMULA, REFERENCE, NULL, 0, 0,           \
                   {NULL, NULL, NULL, NULL}},                                                                   \
      .weight_count = WEIGHT_COUNT,                                                                             \
      .combine = combine,                                                                                       \
      .accumulate = accumulate,                                                                                 \
      .send = send,                                                                                             \
      .combine_float = combine_float,                                                                           \
      .accumulate_float = accumulate_float,                                                                     \
      .send_float = send_float,                                                                                 \
      .weight_derivative = BY_WEIGHTS,                                                                          \
      .input_derivative = BY_INPUTS,                                                                            \
      .bias_derivative = BY_BIASES,                                                                             \
  };                                                                                                            \
  NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &neuron.function)

#endif
