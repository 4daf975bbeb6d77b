// The built-in matrix product, C = alpha * A * B + beta * C, vectorised, in three ways:
//
// - product_tile.h, for the common case: B is cut into panels of PANEL columns and DEPTH rows, which are copied (packed)
//   so that they lie contiguously in the caches, unless they lie well anyway; likewise A into strips of ROWS rows if its
//   rows are not contiguous. Each element of a strip meets a whole row of the panel, and a tile of C (ROWS x PANEL) stays
//   in registers over the panel's depth. See Goto and van de Geijn, "Anatomy of High-Performance Matrix
//   Multiplication", ACM TOMS 34(3), 2008.
// - product_dot.h, where few columns meet long rows: dot products, without a copy.
// - product_vector.h, where B is one column.
//
// The three are compiled once for each precision and processor level.
#include "CKernels.h"
#include "clones.h"
#include "expected_rows.h"

#include <stdatomic.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define DEPTH 256
#define WIDTH 512
#define PACKED (DEPTH * WIDTH)
#define SHALLOW 64
#define STRIPS 8

// A row that takes part in a sum, and what it is multiplied by.
typedef struct nnk_row_factor {
  size_t row;
  double factor;
} nnk_row_factor;

// What a thread packs, one set for all precisions and levels.
static _Thread_local union {
  float f32[PACKED];
  double f64[PACKED];
} panels_of_thread __attribute__((aligned(64)));
static _Thread_local union {
  float f32[DEPTH * 8 * STRIPS];
  double f64[DEPTH * 8 * STRIPS];
} strips_of_thread __attribute__((aligned(64)));

// The best level that may be used; see nnk_limit_product_level.
static _Atomic int level_limit = NNK_AVX512;

int nnk_product_level(void) {
#if defined(__x86_64__) && defined(__linux__) && !defined(NNK_PLAIN)
  const int limit = atomic_load_explicit(&level_limit, memory_order_relaxed);
  if (limit >= NNK_AVX512 && __builtin_cpu_supports("x86-64-v4")) return NNK_AVX512;
  if (limit >= NNK_AVX2 && __builtin_cpu_supports("x86-64-v3")) return NNK_AVX2;
#endif
  return NNK_PLAIN_LEVEL;
}

void nnk_limit_product_level(int level) { atomic_store(&level_limit, level); }

#define T float
#define BYTES 4
#define SUFFIX f32
#include "product_levels.h"
#undef T
#undef BYTES
#undef SUFFIX

#define T double
#define BYTES 8
#define SUFFIX f64
#include "product_levels.h"

size_t nnk_product_vector_bytes(void) {
  const int level = nnk_product_level();
  return level == NNK_AVX512 ? 64 : level == NNK_AVX2 ? 32 : 16;
}
