// The built-in matrix multiplication, C = alpha * A * B + beta * C. A is m x k, B is k x n. There are three ways:
//
// - templates/gemm.inc, for the common case. It cuts B into blocks of KC rows and some columns, and each block into
//   panels of NR columns. It copies (packs) the panels, so that they are contiguous in the caches; where they can be
//   read well without a copy, it does not pack them. If the rows of A are not contiguous, it packs A into strips of MR
//   rows. The micro-kernel computes a tile of C (MR x NR), which stays in registers over the depth of a block. See Goto
//   and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008; the names are those of
//   BLIS (Van Zee and van de Geijn, ACM TOMS 41(3), 2015).
// - templates/gemm_dots.inc, for a B of few columns and many rows: dot products, without packing.
// - templates/gemv.inc, for a B of one column: matrix times vector.
//
// templates/windows.inc multiplies by the windows of a layer, which it reads from the image; templates/pooling.inc pools
// over windows, with the same vectors.
//
// All are compiled for each precision (templates/gemm_precision.inc) at each of these levels:
//
// | level   | bytes of a vector | MR | NR (float, double) | vector registers                             |
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

// A block of B has at most KC rows and BLOCK numbers: in single precision half of a small second-level cache (512 kB, Zen 3).
#define KC 256
#define BLOCK (KC * 256)
// Up to this depth (rows of B), panels are not packed: packing would cost more time than it saves.
#define SHALLOW 64
// How many strips of A are packed at a time, and the greatest MR.
#define STRIPS 8
#define GREATEST_MR 8

#if HAS_LEVELS
// The mask of the first `count` of eight numbers of 32 bits, count <= 8.
static const int first_of_256[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#define FIRST_OF_256(count) _mm256_loadu_si256((const __m256i *)(first_of_256 + 8 - (count)))
#endif

// The first of `size` taps from `start` on, `step` apart, that is at least 0, and the end of those that are below `count`.
static inline void inside(size_t start, size_t padding, size_t size, size_t step, size_t count, size_t *from,
                          size_t *to) {
  size_t first = 0, end = size;
  while (first < size && start + first * step < padding) ++first;
  while (end > first && start + (end - 1) * step >= padding + count) --end;
  *from = first, *to = end;
}

// Has the compiler forget, in each round of a loop, how far the first `count` pointers are apart. Otherwise it computes one from
// the other in each round, a tenth more instructions: too many for a core that two programs share.
#define FORGET_DISTANCES(pointers, count) \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); ++i) __asm__("" : "+r"((pointers)[i]))

// A row in a sum of rows, and the factor by which it is multiplied.
typedef struct nnk_row_factor {
  size_t row;
  double factor;
} nnk_row_factor;

// The memory into which a thread packs panels and strips; all precisions and levels use the same memory.
static _Thread_local union {
  float f32[BLOCK];
  double f64[BLOCK];
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
