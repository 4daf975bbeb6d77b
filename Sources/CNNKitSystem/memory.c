/* How much memory this process can have. */
#define _GNU_SOURCE
#include "CNNKitSystem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

#if defined(__linux__)
/* The number in a file; the greatest number if there is none. */
static uint64_t limit_in(const char *path) {
  FILE *file = fopen(path, "re");
  if (!file) return UINT64_MAX;
  uint64_t limit;
  /* Where there is no limit, the file says "max". */
  if (fscanf(file, "%" SCNu64, &limit) != 1) limit = UINT64_MAX;
  fclose(file);
  return limit;
}

/* The least limit of a control group and of those that it is part of; cuts `group`. A container may see the path of its group
   as the host has it, but only its own folders: those that are not there are passed over. */
static uint64_t limit_of_group(const char *root, char *group, const char *file) {
  uint64_t limit = UINT64_MAX;
  while (1) {
    char path[8192];
    snprintf(path, sizeof path, "%s%s/%s", root, group, file);
    limit = least(limit, limit_in(path));
    char *last = strrchr(group, '/');
    if (!last) return limit;
    *last = 0;
  }
}

/* Of the lines "number:controllers:group" of this process; where no controller is named, it is a group of version 2. */
static uint64_t limit_of_groups(void) {
  FILE *groups = fopen("/proc/self/cgroup", "re");
  if (!groups) return UINT64_MAX;
  uint64_t limit = UINT64_MAX;
  char line[4096];
  while (fgets(line, sizeof line, groups)) {
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    if (!controllers[1]) limit = least(limit, limit_of_group("/sys/fs/cgroup", group, "memory.max"));
    if (strcmp(controllers + 1, "memory") == 0)
      limit = least(limit, limit_of_group("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  fclose(groups);
  return limit;
}
#else
static uint64_t limit_of_groups(void) { return UINT64_MAX; }
#endif

static uint64_t limit_of_process(int resource) {
  struct rlimit limit;
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

uint64_t nnk_memory_limit(void) { return least(limit_of_process(RLIMIT_AS), limit_of_process(RLIMIT_DATA)); }

uint64_t nnk_memory(void) {
  const uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
  return least(machine, least(nnk_memory_limit(), limit_of_groups()));
}
