/* The loops of nnkit over scalars, in single (_f32) and double (_f64) precision. Arrays never overlap unless said. */
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "nnkit/plugin.h"

/* What an optimizer's step needs beside its arrays. The gradient of parameter i, before any state is touched, is
   g = gradient_scale * gradients[i] + l1 * sign(w) + l2 * w. `numbers` are the optimizer's own, as its kernel says. */
typedef struct nnk_step {
  double gradient_scale, l1, l2;
  double learning_rate;
  double numbers[8];
} nnk_step;

/* Over how many samples online SGD defers the updates of a large layer's weights. */
enum { NNK_BLOCK = 32 };

/* What a plugin reported: the number that its function `call` returned, and the layer, or -1 for the loss. */
typedef struct nnk_failure {
  ptrdiff_t layer;
  const char *call;
  int code;
} nnk_failure;

/* The instructions that nnk_multiply computes with on this processor. */
enum { NNK_PLAIN_LEVEL, NNK_AVX2, NNK_AVX512 };
int nnk_gemm_level(void);
/* From now on no better ones are used, for a measurement. */
void nnk_limit_gemm_level(int level);
/* The size of the vectors that nnk_multiply computes with on this processor. */
size_t nnk_gemm_vector_bytes(void);
/* How threads can share a multiplication: in parts of C that begin at multiples of so many rows and columns. Where
   `numbers` is not 0, B is first packed for all of them, as so many numbers, by `pieces`. */
typedef struct nnk_packing {
  size_t rows, columns, numbers, pieces;
} nnk_packing;

/* The most rows that nnk_expect_rows takes: with more, a batch is computed for so long that fetching does not matter. */
enum { NNK_EXPECTED_ROWS = 32 };
/* Rows order[0] to order[count - 1], of `row_bytes` bytes each, that this thread will read soon. Short rows, as of targets, are
   fetched from memory at once, others by multiplications of few columns while they compute. `order` is copied; the rows are
   never read here, and may be gone by then. With more than NNK_EXPECTED_ROWS, or none, no row is fetched. */
void nnk_expect_rows(const void *rows, size_t row_bytes, const ptrdiff_t *order, size_t count);

/* A window that slides over channels of height x width numbers, each a run of `samples`. Arrays of x and messages are
   channels x height x width x samples, of z and delta channels x rows x columns x samples. */
typedef struct nnk_pool {
  int is_maximum;
  size_t height, width, samples;
  size_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  size_t padding_top, padding_left;
  size_t rows, columns; /* of positions */
} nnk_pool;

/* Which outputs of a layer are dropped. Column i is sample s = first_sample + i of the batch; its output in row r is dropped where
   number s % 4 of the four that Philox makes of `key` and the counter (s / 4, first_row + r, layer, batch) is less than the
   threshold. The others are multiplied by `scale`. */
typedef struct nnk_dropout {
  uint64_t key;
  uint32_t layer, batch, first_row, threshold;
  double scale;
  size_t first_sample, samples;
} nnk_dropout;

#define T float
#define NAME(name) name##_f32
#include "declarations.h"
#undef T
#undef NAME
#define T double
#define NAME(name) name##_f64
#include "declarations.h"
#undef T
#undef NAME

#endif
