// One precision (T of BYTES bytes, SUFFIX) at each processor level, and the choice among them.
#define PASTE2(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE2(a, b, c)
#define PASTE_NAME2(a, b) a##_##b
#define PASTE_NAME(a, b) PASTE_NAME2(a, b)

#if defined(__x86_64__) && defined(__linux__) && !defined(NNK_PLAIN)
#define HAS_LEVELS 1
#define LEVEL v4
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,avx2")))
#define VECTOR_BYTES 64
#define ROWS 8
#include "product_level.h"
#define LEVEL v3
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define VECTOR_BYTES 32
#define ROWS 6
#include "product_level.h"
#endif
#define LEVEL plain
#define TARGET
#define VECTOR_BYTES 16
#define ROWS 4
#include "product_level.h"

void PASTE_NAME(nnk_product, SUFFIX)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column,
                                     const T *b, size_t b_row, size_t b_column, T beta, T *c, size_t c_row) {
#if HAS_LEVELS
  if (__builtin_cpu_supports("x86-64-v4"))
    PASTE(product, SUFFIX, v4)(m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row);
  else if (__builtin_cpu_supports("x86-64-v3"))
    PASTE(product, SUFFIX, v3)(m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row);
  else
#endif
    PASTE(product, SUFFIX, plain)(m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row);
}

#undef HAS_LEVELS
#undef PASTE
#undef PASTE2
#undef PASTE_NAME
#undef PASTE_NAME2
