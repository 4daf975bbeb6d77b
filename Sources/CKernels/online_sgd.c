// Online SGD: plain SGD, one sample at a time. Only then may a neuron move its weights while it sends its messages, in one
// sweep of its row: no other column of the batch needs the old ones.
#include "CKernels.h"
#include "CNNKitSystem.h"
#include "clones.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
// Below this fan-in a loop is shorter than what it takes to begin a vector loop.
#define SHORT 8
#define SCALAR_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

#define TEMPLATE "online_sgd.inc"
#include "templates/for_each_precision.inc"
