// Threads that wait for work together. They wait awake for a moment, since the next piece of a training step comes within
// microseconds, and then asleep.
#include "CKernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#else
#define PAUSE() ((void)0)
#endif

// How often a waiting thread looks before it goes to sleep; some tenths of a millisecond, since waking it takes a tenth.
#define LOOKS 20000
// How often the caller looks whether all are done before it lets others have its processor.
#define CALLER_LOOKS 2000

typedef struct seat {
  nnk_threads *threads;
  size_t number;
} seat;

struct nnk_threads {
  size_t count;  // without the caller
  pthread_t *handles;
  seat *seats;
  void (*work)(void *context, size_t part);
  void *context;
  size_t parts;
  // Whether somebody has taken a part already.
  atomic_int *taken;
  atomic_size_t busy;
  // Counts the calls; a thread sleeps on `wake` while it stays the same.
  atomic_uint call;
  atomic_uint sleepers;
  atomic_int ends;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  // One caller at a time.
  pthread_mutex_t callers;
};

// Of the parts that are not the caller's own, a thread begins with number `own`: what that part of the last call left is in
// its core's caches. It then takes what others have not begun.
static void take_parts(nnk_threads *threads, size_t own) {
  const size_t others = threads->parts - 1;
  for (size_t i = 0; i < others; ++i) {
    const size_t part = 1 + (own - 1 + i) % others;
    if (!atomic_exchange(&threads->taken[part], 1)) threads->work(threads->context, part);
  }
}

static unsigned wait_for_call(nnk_threads *threads, unsigned last) {
  for (int look = 0; look < LOOKS; ++look) {
    const unsigned call = atomic_load(&threads->call);
    if (call != last) return call;
    PAUSE();
  }
  pthread_mutex_lock(&threads->lock);
  atomic_fetch_add(&threads->sleepers, 1);
  while (atomic_load(&threads->call) == last) pthread_cond_wait(&threads->wake, &threads->lock);
  atomic_fetch_sub(&threads->sleepers, 1);
  pthread_mutex_unlock(&threads->lock);
  return atomic_load(&threads->call);
}

static void *live(void *context) {
  const seat *seat = context;
  nnk_threads *threads = seat->threads;
  void *crash_stack = nnk_begin_crash_stack();
  for (unsigned call = 0;;) {
    call = wait_for_call(threads, call);
    if (atomic_load(&threads->ends)) break;
    take_parts(threads, seat->number);
    atomic_fetch_sub(&threads->busy, 1);
  }
  nnk_end_crash_stack(crash_stack);
  return NULL;
}

static void call_all(nnk_threads *threads) {
  atomic_fetch_add(&threads->call, 1);
  if (atomic_load(&threads->sleepers) == 0) return;
  pthread_mutex_lock(&threads->lock);
  pthread_cond_broadcast(&threads->wake);
  pthread_mutex_unlock(&threads->lock);
}

static void free_memory(nnk_threads *threads) {
  free(threads->taken);
  free(threads->seats);
  free(threads->handles);
  free(threads);
}

nnk_threads *nnk_threads_new(size_t count) {
  nnk_threads *threads = calloc(1, sizeof *threads);
  if (!threads) return NULL;
  threads->taken = calloc(count + 1, sizeof *threads->taken);
  threads->handles = calloc(count + 1, sizeof *threads->handles);
  threads->seats = calloc(count + 1, sizeof *threads->seats);
  if (!threads->taken || !threads->handles || !threads->seats) {
    free_memory(threads);
    return NULL;
  }
  pthread_mutex_init(&threads->lock, NULL);
  pthread_mutex_init(&threads->callers, NULL);
  pthread_cond_init(&threads->wake, NULL);
  // Where the system gives fewer threads than asked for, these do the work.
  while (threads->count < count) {
    seat *seat = &threads->seats[threads->count];
    *seat = (struct seat){threads, threads->count + 1};
    if (pthread_create(&threads->handles[threads->count], NULL, live, seat) != 0) break;
    ++threads->count;
  }
  return threads;
}

void nnk_threads_run(nnk_threads *threads, size_t parts, void (*work)(void *context, size_t part), void *context) {
  pthread_mutex_lock(&threads->callers);
  threads->work = work;
  threads->context = context;
  threads->parts = parts;
  for (size_t part = 0; part < parts; ++part) atomic_store_explicit(&threads->taken[part], 0, memory_order_relaxed);
  atomic_store(&threads->busy, threads->count);
  call_all(threads);
  work(context, 0);
  take_parts(threads, 1);
  for (int look = 0; atomic_load(&threads->busy) > 0; ++look)
    if (look > CALLER_LOOKS) sched_yield(); else PAUSE();
  pthread_mutex_unlock(&threads->callers);
}

void nnk_threads_free(nnk_threads *threads) {
  if (!threads) return;
  atomic_store(&threads->ends, 1);
  call_all(threads);
  for (size_t i = 0; i < threads->count; ++i) pthread_join(threads->handles[i], NULL);
  pthread_mutex_destroy(&threads->lock);
  pthread_mutex_destroy(&threads->callers);
  pthread_cond_destroy(&threads->wake);
  free_memory(threads);
}
