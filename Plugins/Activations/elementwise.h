// What the elementwise activations of this folder share: from two formulas the four functions of nnkit_activation.
//
// A file defines F(z), the value, and SLOPE(z, a), the derivative, as expressions that <tgmath.h> makes right for both
// precisions; `real` is the precision at hand, p[k] the value of parameter k. An exponential that a formula needs more
// than once is F_TAIL(z) or SLOPE_TAIL(z), and `t` in the formula. Then the file describes itself:
// ACTIVATION("name", "summary", "formula", "derivative", "reference", minimum, maximum, KINKS(...)).
#ifndef ELEMENTWISE_H
#define ELEMENTWISE_H

#include <math.h>
#include <tgmath.h>

#include "nnkit/plugin.h"

#include "../float_math.h"

// e^-|z|: never overflows, and the formulas of both halves of a function can be written with it.
#define TAIL(z) exp(-fabs(z))

#ifndef SLOPE_TAIL
#define F_TAIL(z) 0
#define SLOPE_TAIL(z) 0
#endif

// A factor that formulas use as `s`, found from the parameters once and not for each element.
#ifndef FACTOR
#define FACTOR(p) 1
#endif

// Where a file has a quicker form of the derivative for one element than for a vector of them.
#ifndef SHORT_SLOPE
#define SHORT_SLOPE(z, a) SLOPE(z, a)
#define SHORT_SLOPE_TAIL(z) SLOPE_TAIL(z)
#endif

#define EVALUATE_ONE(i)                                                                                         \
  {                                                                                                             \
    const real z = zs[i], t = (real)(F_TAIL(z));                                                                \
    (void)t;                                                                                                    \
    as[i] = (real)(F(z));                                                                                       \
  }
#define BACKWARD_ONE(i, SLOPE, TAIL)                                                                            \
  {                                                                                                             \
    const real z = zs[i], a = as[i], t = (real)(TAIL(z));                                                       \
    (void)z, (void)a, (void)t;                                                                                  \
    delta[i] = received[i] * (real)(SLOPE(z, a));                                                               \
  }

// The functions of one precision, a short way and a long one each: what a vector loop needs before it begins takes longer
// than a few elements.
#define LOOPS(T, SUFFIX)                                                                                        \
  KERNEL static int evaluate_long##SUFFIX(const double *p, const nnkit_block *block, const T *zs,      \
                                                   T *as) {                                                     \
    typedef T real;                                                                                             \
    const real s = (real)(FACTOR(p));                                                                           \
    (void)s;                                                                                                    \
    NNKIT_EACH(block, i) EVALUATE_ONE(i)                                                                        \
    (void)p;                                                                                                    \
    return 0;                                                                                                   \
  }                                                                                                             \
  KERNEL static int evaluate##SUFFIX(const double *p, const nnkit_block *block, const T *zs, T *as) {           \
    typedef T real;                                                                                             \
    if (!IS_SHORT(block)) return evaluate_long##SUFFIX(p, block, zs, as);                                       \
    const real s = (real)(FACTOR(p));                                                                           \
    (void)s;                                                                                                    \
    SHORT_LOOP for (size_t i = 0; i < block->neurons * block->columns; ++i) EVALUATE_ONE(i)                     \
    return 0;                                                                                                   \
  }                                                                                                             \
  KERNEL static int backward_long##SUFFIX(const double *p, const nnkit_block *block, const T *zs,      \
                                                   const T *as, const T *received, T *delta) {                  \
    typedef T real;                                                                                             \
    const real s = (real)(FACTOR(p));                                                                           \
    (void)s;                                                                                                    \
    NNKIT_EACH(block, i) BACKWARD_ONE(i, SLOPE, SLOPE_TAIL)                                                     \
    (void)p;                                                                                                    \
    return 0;                                                                                                   \
  }                                                                                                             \
  KERNEL static int backward##SUFFIX(const double *p, const nnkit_block *block, const T *zs, const T *as,       \
                                     const T *received, T *delta) {                                             \
    typedef T real;                                                                                             \
    if (!IS_SHORT(block)) return backward_long##SUFFIX(p, block, zs, as, received, delta);                      \
    const real s = (real)(FACTOR(p));                                                                           \
    (void)s;                                                                                                    \
    SHORT_LOOP for (size_t i = 0; i < block->neurons * block->columns; ++i)                                     \
    BACKWARD_ONE(i, SHORT_SLOPE, SHORT_SLOPE_TAIL)                                                              \
    return 0;                                                                                                   \
  }

#define NO_KINKS 0, {0}
#define KINKS(...) sizeof((double[]){__VA_ARGS__}) / sizeof(double), {__VA_ARGS__}

// Everything but the parameters. MINIMUM, MAXIMUM and the kinks may depend on p.
#define ACTIVATION_WITH(PARAMETERS, COUNT, NAME, SUMMARY, FORMULA, DERIVATIVE, REFERENCE, MINIMUM, MAXIMUM, ...)\
  LOOPS(double, )                                                                                               \
  LOOPS(float, _float)                                                                                          \
  static int describe(const double *p, nnkit_shape *shape) {                                                    \
    const struct {                                                                                              \
      size_t count;                                                                                             \
      double z[NNKIT_MAX_KINKS];                                                                                \
    } kinks = {__VA_ARGS__};                                                                                    \
    (void)p;                                                                                                    \
    shape->minimum = (MINIMUM);                                                                                 \
    shape->maximum = (MAXIMUM);                                                                                 \
    shape->kink_count = (uint32_t)kinks.count;                                                                  \
    for (size_t i = 0; i < kinks.count; ++i) shape->kinks[i] = kinks.z[i];                                      \
    return 0;                                                                                                   \
  }                                                                                                             \
  static const nnkit_activation activation = {                                                                  \
      .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, NAME, SUMMARY, FORMULA, REFERENCE, PARAMETERS,   \
                   COUNT, 0, {NULL, NULL, NULL, NULL}},                                                         \
      .describe = describe,                                                                                     \
      .evaluate = evaluate,                                                                                     \
      .backward = backward,                                                                                     \
      .evaluate_float = evaluate_float,                                                                         \
      .backward_float = backward_float,                                                                         \
      .derivative = DERIVATIVE,                                                                                 \
  };                                                                                                            \
  NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &activation.function)

#define ACTIVATION(...) ACTIVATION_WITH(NULL, 0, __VA_ARGS__)

// One parameter: ONE_PARAMETER("slope", "summary", default, minimum, maximum) before ACTIVATION_OF_ONE(...).
#define ONE_PARAMETER(NAME, SUMMARY, DEFAULT, MINIMUM, MAXIMUM) \
  static const nnkit_parameter parameters[] = {{NAME, SUMMARY, DEFAULT, MINIMUM, MAXIMUM, 0, 0}};
#define ACTIVATION_OF_ONE(...) ACTIVATION_WITH(parameters, 1, __VA_ARGS__)

#endif
