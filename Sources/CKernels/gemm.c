// The built-in matrix multiplication, C = alpha * A * B + beta * C, in three ways:
//
// - templates/gemm.inc, for the common case. B is cut into blocks of KC rows and NC columns, and these into panels of NR
//   columns. Panels are copied (packed), so that they lie contiguously in the caches, unless they lie well anyway; likewise A
//   into strips of MR rows if its rows are not contiguous. A tile of C (MR x NR) stays in registers over the depth of a
//   block: the micro-kernel. See Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS
//   34(3), 2008; the names are those of BLIS (Van Zee and van de Geijn, ACM TOMS 41(3), 2015).
// - templates/gemm_dots.inc, where few columns meet long rows: dot products, without a copy.
// - templates/gemv.inc, where B is one column.
//
// The three are compiled for each precision (templates/gemm_precision.inc) at each of these levels:
//
// | level   | bytes of a vector | MR | NR (float, double) | registers                                    |
// |---------|-------------------|----|--------------------|----------------------------------------------|
// | AVX-512 | 64                | 8  | 32, 16             | of 32: a tile takes 16, a row of B 2         |
// | AVX2    | 32                | 6  | 16, 8              | of 16: a tile takes 12, a row of B 2         |
// | plain   | 16                | 4  | 8, 4               | of 16: a tile takes 8, a row of B 2          |
#include "CKernels.h"
#include "clones.h"
#include "expected_rows.h"

#include <stdatomic.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(NNK_PLAIN)
#define HAS_LEVELS 1
#endif

// A block of B: KC x NC numbers, which the second-level cache holds in single precision.
#define KC 256
#define NC 512
// Rows of B are read where they lie up to this depth: packing would cost more than it saves.
#define SHALLOW 64
// How many strips of A are packed at a time, and the greatest MR.
#define STRIPS 8
#define GREATEST_MR 8

// A row that takes part in a sum, and what it is multiplied by.
typedef struct nnk_row_factor {
  size_t row;
  double factor;
} nnk_row_factor;

// What a thread packs, one set for all precisions and levels.
static _Thread_local union {
  float f32[KC * NC];
  double f64[KC * NC];
} panels_of_thread __attribute__((aligned(64)));
static _Thread_local union {
  float f32[KC * GREATEST_MR * STRIPS];
  double f64[KC * GREATEST_MR * STRIPS];
} strips_of_thread __attribute__((aligned(64)));

// The best level that may be used; see nnk_limit_gemm_level.
static _Atomic int level_limit = NNK_AVX512;

int nnk_gemm_level(void) {
#if HAS_LEVELS
  const int limit = atomic_load_explicit(&level_limit, memory_order_relaxed);
  if (limit >= NNK_AVX512 && __builtin_cpu_supports("x86-64-v4")) return NNK_AVX512;
  if (limit >= NNK_AVX2 && __builtin_cpu_supports("x86-64-v3")) return NNK_AVX2;
#endif
  return NNK_PLAIN_LEVEL;
}

void nnk_limit_gemm_level(int level) { atomic_store(&level_limit, level); }

size_t nnk_gemm_vector_bytes(void) {
  const int level = nnk_gemm_level();
  return level == NNK_AVX512 ? 64 : level == NNK_AVX2 ? 32 : 16;
}

#define T float
#define BYTES 4
#define SUFFIX f32
#include "templates/gemm_precision.inc"
#undef T
#undef BYTES
#undef SUFFIX

#define T double
#define BYTES 8
#define SUFFIX f64
#include "templates/gemm_precision.inc"
