/* On which processors this process may run, and how many of them it can use at a time. */
#define _GNU_SOURCE
#include "CNNKitSystem.h"
#include "control_groups.h"

#include <math.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

void nnk_processors(uint8_t *bits, size_t size) {
#ifdef __linux__
  syscall(SYS_sched_getaffinity, 0, size, bits);
#else
  (void)bits, (void)size;
#endif
}

/* The processors whose time a control group may use. */
static double quota(const char *folder) {
  double microseconds[2];
  const int is_set = nnk_group_numbers(folder, "cpu.max", microseconds, 2) == 2 ||
                     (nnk_group_numbers(folder, "cpu.cfs_quota_us", &microseconds[0], 1) == 1 &&
                      nnk_group_numbers(folder, "cpu.cfs_period_us", &microseconds[1], 1) == 1);
  /* Version 1 writes -1 where there is no limit. */
  return is_set && microseconds[0] > 0 && microseconds[1] > 0 ? microseconds[0] / microseconds[1] : INFINITY;
}

double nnk_processor_quota(const char *root) { return nnk_least_group_limit(root, "cpu", quota); }

size_t nnk_processor_count(const char *root) {
  uint8_t bits[1024] = {0};
  nnk_processors(bits, sizeof bits);
  double count = 0;
  for (size_t i = 0; i < sizeof bits; i++) count += __builtin_popcount(bits[i]);
  if (count == 0) count = (double)sysconf(_SC_NPROCESSORS_ONLN);
  /* Two threads with the time of 1.5 processors make 1.2 to 1.3 times what one makes; with that of 1.25, as much. */
  return (size_t)fmax(1, round(fmin(count, nnk_processor_quota(root))));
}
