/* The speed of reading memory: `bandwidth BYTES THREADS` prints GB/s, all threads together, each reading its share of
   BYTES again and again. */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t line __attribute__((vector_size(64)));

static size_t lines; /* of each thread */
static double rates[64];
static pthread_barrier_t barrier;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* Reads `buffer` once, eight lines at a time. */
static line read_all(const line *buffer) {
  line sums[8] = {0};
  for (size_t i = 0; i < lines; i += 8) {
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) sums[j] ^= buffer[i + j];
  }
  for (int j = 1; j < 8; j++) sums[0] ^= sums[j];
  return sums[0];
}

static void *measure(void *number) {
  line *buffer = aligned_alloc(64, lines * sizeof *buffer);
  memset(buffer, 1, lines * sizeof *buffer);
  volatile line sink;
  double best = 0;
  pthread_barrier_wait(&barrier);
  for (int repetition = 0; repetition < 10; repetition++) {
    double bytes = 0, start = now(), duration;
    do {
      for (size_t done = 0; done < 1 << 18; done += lines) { /* 16 MB between two looks at the clock */
        sink = read_all(buffer);
        bytes += lines * sizeof *buffer;
        __asm__ volatile("" ::: "memory");
      }
    } while ((duration = now() - start) < 0.03);
    if (bytes / duration > best) best = bytes / duration;
  }
  (void)sink;
  free(buffer);
  rates[(intptr_t)number] = best;
  return NULL;
}

int main(int count, char **values) {
  if (count != 3) return 2;
  int threads = atoi(values[2]);
  lines = (strtoull(values[1], NULL, 10) / threads / 512 + 1) * 8;
  pthread_t others[64];
  pthread_barrier_init(&barrier, NULL, threads);
  for (intptr_t i = 0; i < threads; i++) pthread_create(&others[i], NULL, measure, (void *)i);
  double sum = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(others[i], NULL);
    sum += rates[i];
  }
  printf("%.1f\n", sum / 1e9);
  return 0;
}
