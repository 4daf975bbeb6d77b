// Rows that the next batch reads, which this thread fetches from memory while it computes the present one.
#ifndef EXPECTED_ROWS_H
#define EXPECTED_ROWS_H

#include <stddef.h>

// About as many lines of 64 bytes as a core can wait for at a time; further ones would hold up the computation.
#define LINES_AT_ONCE 24

typedef struct nnk_expected_rows {
  const char *rows;
  size_t row_bytes, count;
  // The next line is `byte` bytes behind the start of row order[place].
  size_t place, byte;
  ptrdiff_t order[NNK_EXPECTED_ROWS];
} nnk_expected_rows;

extern _Thread_local nnk_expected_rows nnk_rows_of_thread;

// How many lines to ask for at each of `times` times, so that they are spread over them.
static inline size_t nnk_lines_at_once(size_t times) {
  const nnk_expected_rows *expected = &nnk_rows_of_thread;
  const size_t left = (expected->count - expected->place) * ((expected->row_bytes + 63) / 64);
  if (left == 0 || times == 0) return 0;
  const size_t lines = (left + times - 1) / times;
  return lines < LINES_AT_ONCE ? lines : LINES_AT_ONCE;
}

// Asks for some lines, into the second-level cache: the first is full of what is computed with.
static inline void nnk_fetch_expected_rows(size_t lines) {
  nnk_expected_rows *expected = &nnk_rows_of_thread;
  for (size_t line = 0; line < lines && expected->place < expected->count; ++line) {
    __builtin_prefetch(expected->rows + (size_t)expected->order[expected->place] * expected->row_bytes + expected->byte,
                       0, 2);
    expected->byte += 64;
    if (expected->byte < expected->row_bytes) continue;
    expected->byte = 0;
    ++expected->place;
  }
}

#endif
