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

#define BODY "steps.c"
#include "precisions.h"

#else

static inline __attribute__((always_inline)) T NAME(sign)(T x) { return (T)((x > 0) - (x < 0)); }

// g as in the comment on nnk_step; `scale`, `l1` and `l2` are its fields as T.
#define GRADIENT(i) (scale * gradients[i] + l1 * NAME(sign)(w[i]) + l2 * w[i])
#define COMMON                                                                                  \
  WITHOUT_DENORMALS;                                                                            \
  const T scale = (T)step.gradient_scale, l1 = (T)step.l1, l2 = (T)step.l2, rate = (T)step.rate

CLONES void NAME(nnk_step_sgd)(nnk_step step, const T *restrict gradients, T *restrict w, size_t count) {
  COMMON;
  for (size_t i = 0; i < count; ++i) w[i] -= rate * GRADIENT(i);
}

CLONES void NAME(nnk_step_momentum)(nnk_step step, double momentum, int nesterov, const T *restrict gradients, T *restrict velocity,
                                    T *restrict w, size_t count) {
  COMMON;
  const T mu = (T)momentum;
  if (nesterov) {
    for (size_t i = 0; i < count; ++i) {
      const T g = GRADIENT(i), v = mu * velocity[i] + g;
      velocity[i] = v;
      w[i] -= rate * (g + mu * v);
    }
  } else {
    for (size_t i = 0; i < count; ++i) {
      const T v = mu * velocity[i] + GRADIENT(i);
      velocity[i] = v;
      w[i] -= rate * v;
    }
  }
}

CLONES void NAME(nnk_step_rmsprop)(nnk_step step, double decay, double epsilon, const T *restrict gradients, T *restrict mean_square,
                                   T *restrict w, size_t count) {
  COMMON;
  const T alpha = (T)decay, rest = (T)(1 - decay), eps = (T)epsilon;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), s = alpha * mean_square[i] + rest * g * g;
    mean_square[i] = s;
    w[i] -= rate * g / (ROOT(s) + eps);
  }
}

CLONES void NAME(nnk_step_adagrad)(nnk_step step, double epsilon, const T *restrict gradients, T *restrict sum_square, T *restrict w,
                                   size_t count) {
  COMMON;
  const T eps = (T)epsilon;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i), s = sum_square[i] + g * g;
    sum_square[i] = s;
    w[i] -= rate * g / (ROOT(s) + eps);
  }
}

CLONES void NAME(nnk_step_adam)(nnk_step step, double beta1, double beta2, double epsilon, double weight_decay,
                                double correction1, double correction2, const T *restrict gradients, T *restrict mean,
                                T *restrict mean_square, T *restrict w, size_t count) {
  COMMON;
  const T b1 = (T)beta1, rest1 = (T)(1 - beta1), b2 = (T)beta2, rest2 = (T)(1 - beta2), eps = (T)epsilon;
  const T keep = (T)(1 - step.rate * weight_decay);
  const T size = (T)(step.rate / correction1), root = (T)sqrt(correction2);
  (void)rate;
  for (size_t i = 0; i < count; ++i) {
    const T g = GRADIENT(i);
    const T m = b1 * mean[i] + rest1 * g, s = b2 * mean_square[i] + rest2 * g * g;
    mean[i] = m;
    mean_square[i] = s;
    w[i] = keep * w[i] - size * m / (ROOT(s) / root + eps);
  }
}

CLONES void NAME(nnk_step_rprop)(nnk_step step, double eta_minus, double eta_plus, double minimum, double maximum,
                                 const T *restrict gradients, T *restrict previous, T *restrict sizes, T *restrict w, size_t count) {
  COMMON;
  const T down = (T)eta_minus, up = (T)eta_plus, low = (T)minimum, high = (T)maximum;
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
#undef GRADIENT
#undef COMMON
#endif
