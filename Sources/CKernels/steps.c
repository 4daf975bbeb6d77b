// Optimizer steps, one pass over memory each, as PyTorch writes them (torch.optim, single-tensor versions).
// The file includes itself once for each precision.
#ifndef T
#include "CKernels.h"
#include "clones.h"
#include <math.h>

// sqrt that does not set errno, so that a loop of it can be vectorised.
#define ROOT(x) __builtin_elementwise_sqrt(x)

#if defined(__x86_64__)
#include <immintrin.h>
// What an optimizer remembers fades away where gradients are 0, into numbers so small (denormals) that the processor
// takes a hundred times as long over each. They are taken as 0 while a step runs.
#define WITHOUT_DENORMALS                                                                            \
  const unsigned saved __attribute__((cleanup(restore))) = _mm_getcsr();                             \
  _mm_setcsr(saved | _MM_FLUSH_ZERO_ON | 0x0040 /* denormals are zero */)
static inline void restore(const unsigned *saved) { _mm_setcsr(*saved); }
#else
#define WITHOUT_DENORMALS (void)0
#endif

// All steps have these arguments. `first` and `second` are what is kept for each weight, and step.numbers the optimizer's
// own numbers; each step names those that it has.
#define STEP(name)                                                                                                     \
  CLONES void NAME(nnk_step_##name)(nnk_step step, const T *restrict gradients, T *restrict first, T *restrict second, \
                                    T *restrict w, size_t count)

#define BODY "steps.c"
#include "precisions.h"

#else

static inline __attribute__((always_inline)) T NAME(sign)(T x) { return (T)((x > 0) - (x < 0)); }

// g as in the comment on nnk_step; `scale`, `l1` and `l2` are its fields as T.
#define GRADIENT(i) (scale * gradients[i] + l1 * NAME(sign)(w[i]) + l2 * w[i])
#define COMMON                                                                                  \
  WITHOUT_DENORMALS;                                                                            \
  const T scale = (T)step.gradient_scale, l1 = (T)step.l1, l2 = (T)step.l2, rate = (T)step.learning_rate

STEP(sgd) {
  COMMON;
  for (size_t i = 0; i < count; ++i) w[i] -= rate * GRADIENT(i);
}

STEP(momentum) {
  COMMON;
  const T mu = (T)step.numbers[0];
  T *velocity = first;
  for (size_t i = 0; i < count; ++i) {
    const T v = mu * velocity[i] + GRADIENT(i);
    velocity[i] = v;
    w[i] -= rate * v;
  }
}

STEP(nesterov) {
  COMMON;
  const T mu = (T)step.numbers[0];
  T *velocity = first;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), v = mu * velocity[i] + g;
    velocity[i] = v;
    w[i] -= rate * (g + mu * v);
  }
}

STEP(rmsprop) {
  COMMON;
  const double decay = step.numbers[0], epsilon = step.numbers[1];
  const T alpha = (T)decay, rest = (T)(1 - decay), eps = (T)epsilon;
  T *mean_square = first;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), s = alpha * mean_square[i] + rest * g * g;
    mean_square[i] = s;
    w[i] -= rate * g / (ROOT(s) + eps);
  }
}

STEP(adagrad) {
  COMMON;
  const T eps = (T)step.numbers[0];
  T *sum_square = first;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), s = sum_square[i] + g * g;
    sum_square[i] = s;
    w[i] -= rate * g / (ROOT(s) + eps);
  }
}

// correction1 = 1 - beta1^t, correction2 = 1 - beta2^t for step t from 1; weight_decay is AdamW's (0: Adam).
STEP(adam) {
  COMMON;
  const double beta1 = step.numbers[0], beta2 = step.numbers[1], epsilon = step.numbers[2];
  const double weight_decay = step.numbers[3], correction1 = step.numbers[4], correction2 = step.numbers[5];
  const T b1 = (T)beta1, rest1 = (T)(1 - beta1), b2 = (T)beta2, rest2 = (T)(1 - beta2), eps = (T)epsilon;
  const T keep = (T)(1 - step.learning_rate * weight_decay);
  const T size = (T)(step.learning_rate / correction1), root = (T)sqrt(correction2);
  T *mean = first, *mean_square = second;
  (void)rate;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i);
    const T m = b1 * mean[i] + rest1 * g, s = b2 * mean_square[i] + rest2 * g * g;
    mean[i] = m;
    mean_square[i] = s;
    w[i] = keep * w[i] - size * m / (ROOT(s) / root + eps);
  }
}

STEP(rprop) {
  COMMON;
  const T down = (T)step.numbers[0], up = (T)step.numbers[1], low = (T)step.numbers[2], high = (T)step.numbers[3];
  T *previous = first, *sizes = second;
  (void)rate;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), agreement = g * previous[i];
    T size = sizes[i] * (agreement > 0 ? up : agreement < 0 ? down : 1);
    size = size < low ? low : size > high ? high : size;
    // Where the sign turned, the weight rests this time (and counts as having no gradient).
    const T kept = agreement < 0 ? 0 : g;
    sizes[i] = size;
    previous[i] = kept;
    w[i] -= NAME(sign)(kept) * size;
  }
}
// correction2 = 1 - beta2^t; ahead and behind are what g and the mean count: see NAdam.swift.
STEP(nadam) {
  COMMON;
  const double beta1 = step.numbers[0], beta2 = step.numbers[1];
  const T b1 = (T)beta1, rest1 = (T)(1 - beta1), b2 = (T)beta2, rest2 = (T)(1 - beta2), eps = (T)step.numbers[2];
  const T root = (T)sqrt(step.numbers[3]);
  const T of_gradient = (T)(step.learning_rate * step.numbers[4]), of_mean = (T)(step.learning_rate * step.numbers[5]);
  T *mean = first, *mean_square = second;
  (void)rate;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i);
    const T m = b1 * mean[i] + rest1 * g, s = b2 * mean_square[i] + rest2 * g * g;
    mean[i] = m;
    mean_square[i] = s;
    w[i] -= (of_gradient * g + of_mean * m) / (ROOT(s) / root + eps);
  }
}

STEP(lion) {
  COMMON;
  const double beta1 = step.numbers[0], beta2 = step.numbers[1];
  const T b1 = (T)beta1, rest1 = (T)(1 - beta1), b2 = (T)beta2, rest2 = (T)(1 - beta2);
  const T keep = (T)(1 - step.learning_rate * step.numbers[2]);
  T *mean = first;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), m = mean[i];
    mean[i] = b2 * m + rest2 * g;
    w[i] = keep * w[i] - rate * NAME(sign)(b1 * m + rest1 * g);
  }
}

// As fann_update_weights_quickprop of FANN 2.2, whose slope is -slope * samples; FANN divides by 0 where both slopes are 0.
STEP(quickprop) {
  COMMON;
  const T mu = (T)step.numbers[0], decay = (T)(step.numbers[1] * step.gradient_scale), shrink = mu / (1 + mu);
  const T shortest = (T)0.001;
  T *previous = first, *steps = second;
  for (size_t i = 0; i < count; ++i) {
    const T slope = GRADIENT(i) + decay * w[i], before = previous[i], last = steps[i];
    const T difference = before - slope;
    const int is_up = last > shortest, is_down = last < -shortest;
    const int keeps_direction = is_up ? slope < 0 : is_down ? slope > 0 : 1;
    const int is_greatest = is_up ? slope < shrink * before : slope > shrink * before;
    const T parabola = is_greatest ? mu * last : difference != 0 ? last * slope / difference : 0;
    const T move = (keeps_direction ? -rate * slope : 0) + (is_up || is_down ? parabola : 0);
    previous[i] = slope;
    steps[i] = move;
    w[i] += move;
  }
}

// As fann_update_weights_irpropm of FANN 2.2: after a turn the weight moves up. Where it has no gradient at all it rests,
// unlike there.
STEP(irpropm) {
  COMMON;
  const T down = (T)step.numbers[0], up = (T)step.numbers[1], low = (T)step.numbers[2], high = (T)step.numbers[3];
  const T least = (T)0.0001;
  T *previous = first, *sizes = second;
  (void)rate;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), before = sizes[i] > least ? sizes[i] : least;
    const int turns = g * previous[i] < 0;
    const T grown = before * up < high ? before * up : high, shrunk = before * down > low ? before * down : low;
    const T size = turns ? shrunk : grown;
    sizes[i] = size;
    previous[i] = turns ? 0 : g;
    w[i] += turns ? size : -NAME(sign)(g) * size;
  }
}
#undef GRADIENT
#undef COMMON
#endif
