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

// How often a waiting thread looks before it goes to sleep; some tens of microseconds.
#define LOOKS 2000

struct nnk_threads {
  size_t count;  // without the caller
  pthread_t *handles;
  void (*work)(void *context, size_t part);
  void *context;
  size_t parts;
  atomic_size_t next_part, busy;
  // Counts the calls; a thread sleeps on `wake` while it stays the same.
  atomic_uint call;
  atomic_uint sleepers;
  atomic_int ends;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  // One caller at a time.
  pthread_mutex_t callers;
};

static void take_parts(nnk_threads *threads) {
  for (size_t part; (part = atomic_fetch_add(&threads->next_part, 1)) < threads->parts;)
    threads->work(threads->context, part);
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
  nnk_threads *threads = context;
  for (unsigned call = 0;;) {
    call = wait_for_call(threads, call);
    if (atomic_load(&threads->ends)) return NULL;
    take_parts(threads);
    atomic_fetch_sub(&threads->busy, 1);
  }
}

static void call_all(nnk_threads *threads) {
  atomic_fetch_add(&threads->call, 1);
  if (atomic_load(&threads->sleepers) == 0) return;
  pthread_mutex_lock(&threads->lock);
  pthread_cond_broadcast(&threads->wake);
  pthread_mutex_unlock(&threads->lock);
}

nnk_threads *nnk_threads_new(size_t count) {
  nnk_threads *threads = calloc(1, sizeof *threads);
  if (!threads) return NULL;
  pthread_mutex_init(&threads->lock, NULL);
  pthread_mutex_init(&threads->callers, NULL);
  pthread_cond_init(&threads->wake, NULL);
  threads->handles = calloc(count ? count : 1, sizeof *threads->handles);
  // Where the system gives fewer threads than asked for, these do the work.
  while (threads->handles && threads->count < count &&
         pthread_create(&threads->handles[threads->count], NULL, live, threads) == 0)
    ++threads->count;
  return threads;
}

void nnk_threads_run(nnk_threads *threads, size_t parts, void (*work)(void *context, size_t part), void *context) {
  pthread_mutex_lock(&threads->callers);
  threads->work = work;
  threads->context = context;
  threads->parts = parts;
  atomic_store(&threads->next_part, 0);
  atomic_store(&threads->busy, threads->count);
  call_all(threads);
  take_parts(threads);
  for (int look = 0; atomic_load(&threads->busy) > 0; ++look)
    if (look > LOOKS) sched_yield(); else PAUSE();
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
  free(threads->handles);
  free(threads);
}
