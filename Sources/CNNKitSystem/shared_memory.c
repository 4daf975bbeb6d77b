// Memory that processes of one machine share, and a gate at which they wait for each other.
#define _GNU_SOURCE
#include "CNNKitSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#if defined(__x86_64__)
#include <immintrin.h>
#define PAUSE() _mm_pause()
#else
#define PAUSE() ((void)0)
#endif

static int map_pages(void *pages, size_t bytes, int file, size_t offset) {
  void *place = mmap(pages, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, (off_t)offset);
  return place == MAP_FAILED ? errno : 0;
}

int nnk_share_pages(void *pages, size_t bytes, int file, size_t offset) {
  for (size_t done = 0; done < bytes;) {
    const ssize_t count = pwrite(file, (char *)pages + done, bytes - done, (off_t)(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : ENOSPC;
    done += (size_t)count;
  }
  return map_pages(pages, bytes, file, offset);
}

int nnk_map_pages(void *pages, size_t bytes, const char *path, size_t offset) {
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return errno;
  const int code = map_pages(pages, bytes, file, offset);
  close(file);
  return code;
}

int nnk_unshare_pages(void *pages, size_t bytes) {
#if defined(__linux__)
  void *own = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own == MAP_FAILED) return errno;
  memcpy(own, pages, bytes);
  if (mremap(own, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, pages) != MAP_FAILED) return 0;
  const int code = errno;
  munmap(own, bytes);
  return code;
#else
  return ENOSYS;
#endif
}

int nnk_extend_file(int file, size_t bytes) { return ftruncate(file, (off_t)bytes) == 0 ? 0 : errno; }

void *nnk_map_file(const char *path, size_t bytes) {
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return NULL;
  void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return place == MAP_FAILED ? NULL : place;
}

void nnk_unmap_file(void *pages, size_t bytes) { munmap(pages, bytes); }

// `turn` counts how often all have arrived.
typedef struct {
  _Alignas(64) atomic_uint arrived;
  _Alignas(64) atomic_uint turn;
  atomic_uint sleepers;
} gate;

// How long a process waits awake, with the processor to itself and then leaving it to others that can run: about as long as
// ranks differ in a step. To be woken takes up to a tenth of a millisecond.
enum { ALONE = 20 * 1000, AWAKE = 300 * 1000 };

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// From another process too, so these are not FUTEX_PRIVATE.
static void sleep_at(gate *gate, unsigned turn, int milliseconds) {
#if defined(__linux__)
  const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  syscall(SYS_futex, &gate->turn, FUTEX_WAIT, turn, &time, NULL, 0);
#else
  const struct timespec time = {0, 50000};
  nanosleep(&time, NULL);
#endif
}

static void wake_all(gate *gate) {
#if defined(__linux__)
  syscall(SYS_futex, &gate->turn, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0);
#endif
}

uint32_t nnk_gate_arrive(void *place, uint32_t count) {
  gate *all = place;
  const unsigned turn = atomic_load(&all->turn);
  if (atomic_fetch_add(&all->arrived, 1) + 1 == count) {
    atomic_store(&all->arrived, 0);
    atomic_store(&all->turn, turn + 1);
    if (atomic_load(&all->sleepers) > 0) wake_all(all);
  }
  return turn;
}

int nnk_gate_wait(void *place, uint32_t turn, int milliseconds) {
  gate *all = place;
  const int64_t start = now();
  for (int64_t waited = 0; waited < AWAKE; waited = now() - start) {
    for (int look = 0; look < 64; ++look) {
      if (atomic_load_explicit(&all->turn, memory_order_acquire) != turn) return 1;
      PAUSE();
    }
    if (waited > ALONE) sched_yield();
  }
  if (milliseconds > 0) {
    atomic_fetch_add(&all->sleepers, 1);
    if (atomic_load(&all->turn) == turn) sleep_at(all, turn, milliseconds);
    atomic_fetch_sub(&all->sleepers, 1);
  }
  return atomic_load(&all->turn) != turn;
}
