/* What belongs to a process or a thread as a whole, and has no name that Swift could call. */
#define _GNU_SOURCE
#include "CNNKitSystem.h"
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

void nnk_adopt_orphans(int is_parent) {
#if defined(__linux__)
  prctl(PR_SET_CHILD_SUBREAPER, (unsigned long)is_parent, 0, 0, 0);
#endif
}

uint64_t nnk_float_control(void) {
#if defined(__x86_64__)
  uint16_t x87;
  __asm__ volatile("fnstcw %0" : "=m"(x87));
  /* The six lowest bits say what has happened, not what is to happen. */
  return (uint64_t)x87 << 32 | (_mm_getcsr() & ~0x3fu);
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return control;
#else
  return 0;
#endif
}

void nnk_return_large_memory(void) {
#if defined(__GLIBC__)
  /* Otherwise the first large table that is freed raises this bound, up to 32 MB, and the heap keeps all that is below. */
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

int64_t nnk_heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  const struct mallinfo2 use = mallinfo2();
  return (int64_t)(use.uordblks + use.hblkhd);
#else
  return 0;
#endif
}

void nnk_inherit_below(void *actions, int first) {
#if defined(__GLIBC__)
  posix_spawn_file_actions_addclosefrom_np(actions, first);
#endif
}

void nnk_await_end(const int32_t *children, size_t count, int milliseconds) {
#if defined(SYS_pidfd_open)
  enum { MOST = 1024 };
  struct pollfd ends[MOST];
  nfds_t opened = 0;
  for (size_t i = 0; i < count && i < MOST; i++) {
    const int end = (int)syscall(SYS_pidfd_open, children[i], 0);
    if (end >= 0) ends[opened++] = (struct pollfd){.fd = end, .events = POLLIN};
  }
  /* A process whose descriptor cannot be had, as under an old kernel, is looked at again soon. */
  poll(ends, opened, opened == count ? milliseconds : 2);
  for (nfds_t i = 0; i < opened; i++) close(ends[i].fd);
#else
  (void)children, (void)count, (void)milliseconds;
  usleep(2000);
#endif
}

int nnk_memory_file(void) {
#if defined(__linux__)
  return memfd_create("nnkit", MFD_CLOEXEC);
#else
  return -1;
#endif
}

void nnk_pause_exactly(void) {
#ifdef __linux__
  prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
#endif
}
