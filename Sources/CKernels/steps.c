// Optimizer steps, one pass over memory each, as PyTorch writes them (torch.optim, single-tensor versions).
#include "CKernels.h"
#include "clones.h"
#include <math.h>

// sqrt that does not set errno, so that a loop of it can be vectorised.
#define ROOT(x) __builtin_elementwise_sqrt(x)

#if defined(__x86_64__)
#include <immintrin.h>
// What an optimizer remembers fades away where gradients are 0, into numbers so small (denormals) that the processor
// takes a hundred times as long over each. They are taken as 0 while a step runs.
#define WITHOUT_DENORMALS                                                \
  const unsigned saved __attribute__((cleanup(restore))) = _mm_getcsr(); \
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

#define TEMPLATE "steps.inc"
#include "templates/for_each_precision.inc"
