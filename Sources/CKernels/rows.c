// Loops over the rows of a matrix. The file includes itself once for each precision.
#ifndef T
#include "CKernels.h"
#include "clones.h"
#include "expected_rows.h"

#include <string.h>

// How many rows ahead memory is asked for, and how it is asked: a line of 64 bytes each time.
#define AHEAD 2
#define FETCH(start, size) \
  for (size_t byte = 0; byte < (size); byte += 64) __builtin_prefetch((const char *)(start) + byte)

_Thread_local nnk_expected_rows nnk_rows_of_thread;

void nnk_expect_rows(const void *rows, size_t row_bytes, const ptrdiff_t *order, size_t count) {
  nnk_expected_rows *expected = &nnk_rows_of_thread;
  expected->count = 0;
  if (count > NNK_EXPECTED_ROWS) return;
  expected->rows = rows;
  expected->row_bytes = row_bytes;
  expected->count = count;
  expected->place = expected->byte = 0;
  memcpy(expected->order, order, count * sizeof *order);
}

#define BODY "rows.c"
#include "precisions.h"

#else

CLONES void NAME(nnk_sum_rows)(const T *matrix, size_t rows, size_t columns, T *sums) {
#pragma clang fp reassociate(on)
  for (size_t r = 0; r < rows; ++r) {
    T sum = 0;
    for (size_t c = 0; c < columns; ++c) sum += matrix[r * columns + c];
    sums[r] = sum;
  }
}

CLONES void NAME(nnk_fill_rows)(T *matrix, size_t rows, size_t columns, const T *values) {
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) matrix[r * columns + c] = values[r];
}

T NAME(nnk_sum)(const T *values, size_t count) {
  T sum;
  NAME(nnk_sum_rows)(values, 1, count, &sum);
  return sum;
}

void NAME(nnk_fill)(T *values, size_t count, T value) { NAME(nnk_fill_rows)(values, 1, count, &value); }

// In double, rounded once: x and its offset may be large and near each other (times in seconds since 1970).
CLONES void NAME(nnk_scale)(T *values, size_t rows, size_t columns, const double *offset, const double *factor,
                            int undo) {
  for (size_t r = 0; r < rows; ++r) {
    T *row = values + r * columns;
    if (undo) {
      for (size_t c = 0; c < columns; ++c) row[c] = (T)((double)row[c] / factor[c] + offset[c]);
    } else {
      for (size_t c = 0; c < columns; ++c) row[c] = (T)(((double)row[c] - offset[c]) * factor[c]);
    }
  }
}

// Rows lie anywhere in a large memory: the processor fetches the next ones while it copies this one.
CLONES void NAME(nnk_gather)(const T *rows, const ptrdiff_t *order, size_t count, size_t columns, T *copy) {
  for (size_t r = 0; r < count; ++r) {
    if (r + AHEAD < count) FETCH(rows + (size_t)order[r + AHEAD] * columns, columns * sizeof(T));
    const T *row = rows + (size_t)order[r] * columns;
    for (size_t c = 0; c < columns; ++c) copy[r * columns + c] = row[c];
  }
}

CLONES void NAME(nnk_gather_bytes)(const uint8_t *rows, const ptrdiff_t *order, size_t count, size_t columns,
                                   const double *offset, const double *factor, T *copy) {
  for (size_t r = 0; r < count; ++r) {
    if (r + AHEAD < count) FETCH(rows + (size_t)order[r + AHEAD] * columns, columns);
    const uint8_t *row = rows + (size_t)order[r] * columns;
    for (size_t c = 0; c < columns; ++c) copy[r * columns + c] = (T)((row[c] - offset[c]) * factor[c]);
  }
}

size_t NAME(nnk_first_non_finite)(const T *values, size_t count) {
  // x - x is 0 for finite x and NaN for the others.
  for (size_t i = 0; i < count; ++i)
    if (values[i] - values[i] != 0) return i;
  return count;
}

void NAME(nnk_transpose)(const T *input, size_t rows, size_t columns, T *output, size_t output_row) {
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) output[c * output_row + r] = input[r * columns + c];
}

void NAME(nnk_add_transposed)(const T *input, size_t rows, size_t columns, size_t input_row, T *output) {
  for (size_t c = 0; c < columns; ++c)
    for (size_t r = 0; r < rows; ++r) output[c * rows + r] += input[r * input_row + c];
}
#endif
