// Loops over the rows of a matrix.
#include "CKernels.h"
#include "clones.h"
#include "expected_rows.h"

#include <string.h>

// How many rows ahead memory is asked for, and how it is asked: a line of 64 bytes each time.
#define AHEAD 2
#define FETCH(start, size) \
  for (size_t byte = 0; byte < (size); byte += 64) __builtin_prefetch((const char *)(start) + byte)

// Rows of so many bytes are few lines, which a thread can ask for at once.
#define SHORT_ROW 64

_Thread_local nnk_expected_rows nnk_rows_of_thread;

void nnk_expect_rows(const void *rows, size_t row_bytes, const ptrdiff_t *order, size_t count) {
  if (count <= NNK_EXPECTED_ROWS && row_bytes <= SHORT_ROW) {
    for (size_t r = 0; r < count; ++r) {
      const char *row = (const char *)rows + (size_t)order[r] * row_bytes;
      __builtin_prefetch(row, 0, 2);
      __builtin_prefetch(row + row_bytes - 1, 0, 2);
    }
    return;
  }
  nnk_expected_rows *expected = &nnk_rows_of_thread;
  expected->count = 0;
  if (count > NNK_EXPECTED_ROWS) return;
  expected->rows = rows;
  expected->row_bytes = row_bytes;
  expected->count = count;
  expected->place = expected->byte = 0;
  memcpy(expected->order, order, count * sizeof *order);
}

#define TEMPLATE "rows.inc"
#include "templates/for_each_precision.inc"
