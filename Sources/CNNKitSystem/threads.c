// Threads that share the chunks of a call. A chunk belongs to no thread: each thread has a range of chunks that it begins
// with, since what it left of them in the last call may still be in its core's caches, and then takes chunks of others. The
// caller waits for chunks, not for threads: a thread that the system keeps from running has at most one chunk.
//
// A thread waits awake for the next call, which in a training comes within microseconds, and then asleep. Where there
// are more threads in the machine than processors, a thread may be stopped in the middle of its chunk for milliseconds, all
// others waiting. A thread that is so late rests for a time, the longer the more often it was late. One that is given the
// caller's processor, so that the caller waits, moves to another, or rests where there is none.
#define _GNU_SOURCE
#include "CNNKitSystem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#else
#define PAUSE() ((void)0)
#endif

typedef int64_t nanoseconds;

#define MICROSECONDS 1000
#define MILLISECONDS 1000000
// How long a thread waits awake: longer than the serial parts of a training step take, since to be woken takes a tenth of
// a millisecond; but not if others wait for its processor.
#define AWAKE (400 * MICROSECONDS)
#define AWAKE_IF_SCARCE (30 * MICROSECONDS)
// A chunk is late if the caller, with nothing left to take, waits for it so long, and so many times as long as one of its
// own took, or as what it did instead.
#define PATIENCE (200 * MICROSECONDS)
#define TIMES 3
// How long a thread rests that was late: the shortest time, and four times the last one if it was late again soon after it
// came back. If it worked longer than that, it has done more than its being late costs: processors of a virtual machine are now
// and then taken away for milliseconds although nothing else runs there.
#define SOON (64 * MILLISECONDS)
#define SHORTEST_REST (4 * MILLISECONDS)
#define LONGEST_REST (1024 * MILLISECONDS)
// How long a thread rests for which there is no processor but the caller's.
#define REST_WITHOUT_PROCESSOR (64 * MILLISECONDS)
// Processors count as scarce so long after a chunk was late.
#define SCARCE (500 * MILLISECONDS)
// Between two looks at the clock.
#define LOOKS 32

// The call that a range's chunks belong to, the next of them, and their end, in one number that is changed at once: then a
// thread that comes late to a call takes nothing of the next one.
#define RANGE(call, next, end) ((uint64_t)(call) << 32 | (uint64_t)(next) << 16 | (end))

typedef struct seat {
  _Alignas(128) atomic_uint_fast64_t range;
  // Whether the thread is at a chunk, and whether the caller lost patience with it.
  atomic_int works, is_late;
  // On which the thread began its last call; -1 before.
  atomic_int processor;
  // The thread's own.
  nnk_threads *threads;
  size_t number;
  nanoseconds rest, back;
  size_t done;  // of the call's chunks
} seat;

struct nnk_threads {
  size_t seats_count;  // as asked for, and the caller's, which is number 0
  size_t count;        // of threads that there are
  pthread_t *handles;
  seat *seats;
  void (*work)(void *context, size_t chunk);
  void *context;
  // Counts the calls; a thread sleeps on `wake` while it stays the same.
  _Alignas(128) atomic_uint call;
  atomic_uint sleepers;
  _Atomic nanoseconds scarce_until;
  atomic_int ends;
  // On which the caller began the call; -1 before.
  atomic_int callers_processor;
  // Chunks that are not done; the caller may sleep on `done`.
  _Alignas(128) atomic_size_t left;
  atomic_int caller_sleeps;
  pthread_mutex_t lock;
  pthread_cond_t wake, done, rested;
  // One caller at a time.
  pthread_mutex_t callers;
};

static nanoseconds now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (nanoseconds)time.tv_sec * 1000 * MILLISECONDS + time.tv_nsec;
}

// The processor on which this thread runs; -1 where the system does not say.
static int processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// Whether this thread runs where the caller could.
static int is_in_the_way(nnk_threads *threads) {
  const int own = processor();
  return own >= 0 && own == atomic_load_explicit(&threads->callers_processor, memory_order_relaxed);
}

// Moves this thread to a processor of none of the threads, or at least not the caller's; answers whether there is one. The
// system would do so too, but in milliseconds.
static int move_away(nnk_threads *threads) {
#if defined(__linux__)
  const int own = processor();
  cpu_set_t allowed;
  if (own < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  CPU_CLR((size_t)own, &allowed);
  cpu_set_t free = allowed;
  for (size_t i = 1; i <= threads->count; ++i) {
    const int taken = atomic_load_explicit(&threads->seats[i].processor, memory_order_relaxed);
    if (taken >= 0) CPU_CLR((size_t)taken, &free);
  }
  const cpu_set_t *there = CPU_COUNT(&free) > 0 ? &free : &allowed;
  if (CPU_COUNT(there) == 0 || sched_setaffinity(0, sizeof *there, there) != 0) return 0;
  CPU_SET((size_t)own, &allowed);
  sched_setaffinity(0, sizeof allowed, &allowed);
  return 1;
#else
  (void)threads;
  return 0;
#endif
}

// The next chunk of a seat's range in this call; -1 if there is none.
static ptrdiff_t take(seat *seat, unsigned call) {
  uint64_t range = atomic_load(&seat->range);
  for (;;) {
    const size_t next = range >> 16 & 0xffff, end = range & 0xffff;
    if (range >> 32 != call || next >= end) return -1;
    if (atomic_compare_exchange_weak(&seat->range, &range, RANGE(call, next + 1, end))) return (ptrdiff_t)next;
  }
}

static void finish_chunk(nnk_threads *threads) {
  if (atomic_fetch_sub(&threads->left, 1) > 1 || !atomic_load(&threads->caller_sleeps)) return;
  pthread_mutex_lock(&threads->lock);
  pthread_cond_signal(&threads->done);
  pthread_mutex_unlock(&threads->lock);
}

// Does chunks as long as there are some; answers whether the thread was late with one.
static int do_chunks(nnk_threads *threads, seat *own, unsigned call) {
  for (size_t i = 0; i < threads->seats_count; ++i) {
    seat *seat = &threads->seats[(own->number + i) % threads->seats_count];
    for (;;) {
      const ptrdiff_t chunk = take(seat, call);
      if (chunk < 0) break;
      atomic_store_explicit(&own->works, 1, memory_order_release);
      threads->work(threads->context, (size_t)chunk);
      ++own->done;
      atomic_store_explicit(&own->works, 0, memory_order_release);
      const int was_late = atomic_load(&own->is_late);
      if (was_late) atomic_store(&own->is_late, 0);
      finish_chunk(threads);
      if (was_late) return 1;
    }
  }
  return 0;
}

// Waits until the number of calls is another than `last`.
static unsigned wait_for_call(nnk_threads *threads, unsigned last) {
  const nanoseconds start = now();
  const nanoseconds awake = start < atomic_load(&threads->scarce_until) ? AWAKE_IF_SCARCE : AWAKE;
  do {
    for (int look = 0; look < LOOKS; ++look) {
      const unsigned call = atomic_load(&threads->call);
      if (call != last) return call;
      PAUSE();
    }
  } while (now() - start < awake && !is_in_the_way(threads));
  pthread_mutex_lock(&threads->lock);
  atomic_fetch_add(&threads->sleepers, 1);
  while (atomic_load(&threads->call) == last) pthread_cond_wait(&threads->wake, &threads->lock);
  atomic_fetch_sub(&threads->sleepers, 1);
  pthread_mutex_unlock(&threads->lock);
  return atomic_load(&threads->call);
}

static void rest(nnk_threads *threads, nanoseconds end) {
  const struct timespec until = {end / (1000 * MILLISECONDS), end % (1000 * MILLISECONDS)};
  pthread_mutex_lock(&threads->lock);
  while (!atomic_load(&threads->ends) && now() < end) pthread_cond_timedwait(&threads->rested, &threads->lock, &until);
  pthread_mutex_unlock(&threads->lock);
}

static void rest_after_being_late(nnk_threads *threads, seat *seat) {
  const nanoseconds start = now();
  const int again = seat->rest > 0 && start - seat->back < SOON;
  seat->rest = !again ? SHORTEST_REST : seat->rest < LONGEST_REST ? 4 * seat->rest : LONGEST_REST;
  seat->back = start + seat->rest;
  rest(threads, seat->back);
}

static void *live(void *context) {
  seat *seat = context;
  nnk_threads *threads = seat->threads;
  void *crash_stack = nnk_begin_crash_stack();
  for (unsigned call = 0;;) {
    call = wait_for_call(threads, call);
    if (atomic_load(&threads->ends)) break;
    if (is_in_the_way(threads) && !move_away(threads)) {
      rest(threads, now() + REST_WITHOUT_PROCESSOR);
    } else {
      atomic_store_explicit(&seat->processor, processor(), memory_order_relaxed);
      if (!do_chunks(threads, seat, call)) continue;
      rest_after_being_late(threads, seat);
    }
    call = atomic_load(&threads->call);
    if (atomic_load(&threads->ends)) break;
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
  free(threads->seats);
  free(threads->handles);
  free(threads);
}

nnk_threads *nnk_threads_new(size_t count) {
  nnk_threads *threads = aligned_alloc(128, sizeof *threads);
  if (!threads) return NULL;
  *threads = (nnk_threads){.seats_count = count + 1, .callers_processor = -1};
  threads->handles = calloc(count + 1, sizeof *threads->handles);
  threads->seats = aligned_alloc(128, (count + 1) * sizeof *threads->seats);
  if (!threads->handles || !threads->seats) {
    free_memory(threads);
    return NULL;
  }
  for (size_t i = 0; i <= count; ++i) threads->seats[i] = (seat){.threads = threads, .number = i, .processor = -1};
  pthread_mutex_init(&threads->lock, NULL);
  pthread_mutex_init(&threads->callers, NULL);
  pthread_cond_init(&threads->wake, NULL);
  pthread_cond_init(&threads->done, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&threads->rested, &monotonic);
  pthread_condattr_destroy(&monotonic);
  // Where the system gives fewer threads than asked for, these do the work.
  while (threads->count < count) {
    if (pthread_create(&threads->handles[threads->count], NULL, live, &threads->seats[threads->count + 1]) != 0) break;
    ++threads->count;
  }
  return threads;
}

// Marks the threads that are at a chunk as late.
static void lose_patience(nnk_threads *threads) {
  atomic_store(&threads->scarce_until, now() + SCARCE);
  for (size_t i = 1; i <= threads->count; ++i)
    if (atomic_load(&threads->seats[i].works)) atomic_store(&threads->seats[i].is_late, 1);
}

// Waits for the chunks that other threads are at; `patience` is how long they may take.
static void wait_for_chunks(nnk_threads *threads, nanoseconds patience) {
  const nanoseconds start = now();
  do {
    for (int look = 0; look < LOOKS; ++look) {
      if (atomic_load(&threads->left) == 0) return;
      PAUSE();
    }
  } while (now() - start < patience);
  lose_patience(threads);
  pthread_mutex_lock(&threads->lock);
  atomic_store(&threads->caller_sleeps, 1);
  while (atomic_load(&threads->left) > 0) pthread_cond_wait(&threads->done, &threads->lock);
  atomic_store(&threads->caller_sleeps, 0);
  pthread_mutex_unlock(&threads->lock);
}

void nnk_threads_run(nnk_threads *threads, size_t chunks, void (*work)(void *context, size_t chunk),
                     void (*beside)(void *context), void *context) {
  pthread_mutex_lock(&threads->callers);
  const size_t seats = threads->seats_count;
  seat *own = &threads->seats[0];
  const unsigned call = atomic_load(&threads->call) + 1;
  threads->work = work;
  threads->context = context;
  atomic_store_explicit(&threads->callers_processor, processor(), memory_order_relaxed);
  atomic_store(&threads->left, chunks);
  for (size_t i = 0; i < seats; ++i)
    atomic_store(&threads->seats[i].range, RANGE(call, i * chunks / seats, (i + 1) * chunks / seats));
  call_all(threads);
  const nanoseconds called = now();
  if (beside) beside(context);
  const nanoseconds start = beside ? now() : called;
  own->done = 0;
  do_chunks(threads, own, call);
  if (atomic_load(&threads->left) > 0) {
    // While this thread was at something else, the others may have taken all chunks.
    const nanoseconds usual = own->done > 0 ? (now() - start) / (nanoseconds)own->done : start - called;
    wait_for_chunks(threads, TIMES * usual > PATIENCE ? TIMES * usual : PATIENCE);
  }
  pthread_mutex_unlock(&threads->callers);
}

void nnk_threads_free(nnk_threads *threads) {
  if (!threads) return;
  atomic_store(&threads->ends, 1);
  call_all(threads);
  pthread_mutex_lock(&threads->lock);
  pthread_cond_broadcast(&threads->rested);
  pthread_mutex_unlock(&threads->lock);
  for (size_t i = 0; i < threads->count; ++i) pthread_join(threads->handles[i], NULL);
  pthread_mutex_destroy(&threads->lock);
  pthread_mutex_destroy(&threads->callers);
  pthread_cond_destroy(&threads->wake);
  pthread_cond_destroy(&threads->done);
  pthread_cond_destroy(&threads->rested);
  free_memory(threads);
}
