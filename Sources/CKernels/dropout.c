// Dropout: which outputs a training pass drops, drawn from counters by Philox (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011), as `Philox` in RandomSource.swift draws them, many at a time.
#include "CKernels.h"
#include "clones.h"

#include <string.h>

// How many calls of Philox are made together, and how many of them as one vector.
#define TOGETHER 64
#define LANES 8
typedef uint64_t words __attribute__((vector_size(8 * LANES)));
#define LOWER 0xFFFFFFFF

// Draws four numbers for each of `count` calls, from number `call` on, in each of `rows` rows, from number `row` on: Philox
// of the counters (call, row, layer, batch). rows * count <= TOGETHER.
CLONES static void draw(const nnk_dropout *dropout, uint32_t row, size_t rows, uint32_t call, size_t count,
                        uint32_t *numbers) {
  uint64_t calls[TOGETHER] = {}, places[TOGETHER] = {};
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < count; ++i) calls[r * count + i] = call + i, places[r * count + i] = row + r;
  for (size_t first = 0; first < rows * count; first += LANES) {
    // Only the lower half of each number counts; what is in the upper half is dropped by the next product.
    words c0, c1, c2 = dropout->layer - (words){}, c3 = dropout->batch - (words){};
    memcpy(&c0, calls + first, sizeof c0);
    memcpy(&c1, places + first, sizeof c1);
    uint32_t k0 = (uint32_t)dropout->key, k1 = (uint32_t)(dropout->key >> 32);
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
      const words a = (c0 & LOWER) * 0xD2511F53, b = (c2 & LOWER) * 0xCD9E8D57;
      c0 = b >> 32 ^ c1 ^ k0, c1 = b;
      c2 = a >> 32 ^ c3 ^ k1, c3 = a;
    }
    const words one = (c0 & LOWER) | c1 << 32, two = (c2 & LOWER) | c3 << 32;
    uint64_t pairs[2 * LANES];
    for (size_t i = 0; i < LANES; ++i) pairs[2 * i] = one[i], pairs[2 * i + 1] = two[i];
    memcpy(numbers + 4 * first, pairs, sizeof pairs);
  }
}

#define TEMPLATE "dropout.inc"
#include "templates/for_each_precision.inc"
