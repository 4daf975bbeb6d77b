/* How much memory this process can have. */
#include "CNNKitSystem.h"
#include "control_groups.h"

#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static double limit_of_group(const char *folder) {
  double bytes;
  return nnk_group_numbers(folder, "memory.max", &bytes, 1) == 1 ||
                 nnk_group_numbers(folder, "memory.limit_in_bytes", &bytes, 1) == 1
             ? bytes
             : INFINITY;
}

static uint64_t limit_of_process(int resource) {
  struct rlimit limit;
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

uint64_t nnk_memory_limit(void) { return least(limit_of_process(RLIMIT_AS), limit_of_process(RLIMIT_DATA)); }

uint64_t nnk_memory(const char *root) {
  const uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
  const double groups = nnk_least_group_limit(root, "memory", limit_of_group);
  return least(least(machine, nnk_memory_limit()), groups < 0x1p63 ? (uint64_t)groups : UINT64_MAX);
}
