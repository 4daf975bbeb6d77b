// One precision (T of BYTES bytes, SUFFIX) at each processor level, and the choice among them.
#define PASTE2(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE2(a, b, c)
#define PASTE_NAME2(a, b) a##_##b
#define PASTE_NAME(a, b) PASTE_NAME2(a, b)

// A level's functions, and the tile of C that stays in registers.
typedef struct PASTE_NAME(level, SUFFIX) {
  size_t rows, panel;
  void (*product)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column, const T *b,
                  size_t b_row, size_t b_column, T beta, T *c, size_t c_row);
  int (*packs)(size_t m, size_t n, size_t k, size_t a_row, size_t a_column, size_t b_row, size_t b_column, size_t c_row);
  void (*pack)(size_t n, size_t k, const T *b, size_t b_row, size_t b_column, size_t first, size_t count, T *packed);
  void (*packed_product)(size_t m, size_t first, size_t columns, size_t n, size_t k, T alpha, const T *a, size_t a_row,
                         size_t a_column, const T *packed, T beta, T *c, size_t c_row);
} PASTE_NAME(level, SUFFIX);

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

static const PASTE_NAME(level, SUFFIX) *PASTE_NAME(level_here, SUFFIX)(void) {
  switch (nnk_product_level()) {
#if HAS_LEVELS
    case NNK_AVX512: return &PASTE(functions, SUFFIX, v4);
    case NNK_AVX2: return &PASTE(functions, SUFFIX, v3);
#endif
    default: return &PASTE(functions, SUFFIX, plain);
  }
}

void PASTE_NAME(nnk_product, SUFFIX)(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column,
                                     const T *b, size_t b_row, size_t b_column, T beta, T *c, size_t c_row) {
  PASTE_NAME(level_here, SUFFIX)()->product(m, n, k, alpha, a, a_row, a_column, b, b_row, b_column, beta, c, c_row);
}

nnk_packing PASTE_NAME(nnk_packing, SUFFIX)(size_t m, size_t n, size_t k, size_t a_row, size_t a_column, size_t b_row,
                                            size_t b_column, size_t c_row) {
  const PASTE_NAME(level, SUFFIX) *level = PASTE_NAME(level_here, SUFFIX)();
  const size_t panels = (n + level->panel - 1) / level->panel;
  // A that lies transposed is packed too, and read by whole cache lines if a thread has four strips of it.
  nnk_packing packing = {.rows = level->rows * (a_column == 1 ? 1 : 4), .columns = level->panel};
  if (level->packs(m, n, k, a_row, a_column, b_row, b_column, c_row)) {
    packing.numbers = panels * level->panel * k;
    packing.pieces = panels * ((k + DEPTH - 1) / DEPTH);
  }
  return packing;
}

void PASTE_NAME(nnk_pack, SUFFIX)(size_t n, size_t k, const T *b, size_t b_row, size_t b_column, size_t first,
                                  size_t count, T *packed) {
  PASTE_NAME(level_here, SUFFIX)()->pack(n, k, b, b_row, b_column, first, count, packed);
}

void PASTE_NAME(nnk_packed_product, SUFFIX)(size_t m, size_t first, size_t columns, size_t n, size_t k, T alpha,
                                            const T *a, size_t a_row, size_t a_column, const T *packed, T beta, T *c,
                                            size_t c_row) {
  PASTE_NAME(level_here, SUFFIX)()->packed_product(m, first, columns, n, k, alpha, a, a_row, a_column, packed, beta, c,
                                                   c_row);
}

#undef HAS_LEVELS
#undef PASTE
#undef PASTE2
#undef PASTE_NAME
#undef PASTE_NAME2
