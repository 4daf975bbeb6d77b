// Pooling over windows.
#include "CKernels.h"
#include "clones.h"

// The first of `size` taps from `start` on, `step` apart, that is at least 0, and the end of those that are below `count`.
static inline void inside(size_t start, size_t padding, size_t size, size_t step, size_t count, size_t *from,
                          size_t *to) {
  size_t first = 0, end = size;
  while (first < size && start + first * step < padding) ++first;
  while (end > first && start + (end - 1) * step >= padding + count) --end;
  *from = first, *to = end;
}

// So many samples are shared out at a time.
#define SOME 64

#define TEMPLATE "pooling.inc"
#include "templates/for_each_precision.inc"
