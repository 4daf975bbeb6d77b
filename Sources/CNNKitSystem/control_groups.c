#include "control_groups.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t nnk_group_numbers(const char *folder, const char *file, double *numbers, size_t count) {
  char path[8192];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  FILE *text = fopen(path, "re");
  if (!text) return 0;
  size_t read = 0;
  while (read < count && fscanf(text, "%lf", &numbers[read]) == 1) read++;
  fclose(text);
  return read;
}

/* Cuts `group`. A container may see the path of its group as the host has it, but only its own folders: those that are not
   there are passed over. */
static double least_above(const char *groups, char *group, double (*limit)(const char *folder)) {
  double least = INFINITY;
  while (1) {
    char folder[8192];
    snprintf(folder, sizeof folder, "%s%s", groups, group);
    least = fmin(least, limit(folder));
    char *last = strrchr(group, '/');
    if (!last) return least;
    *last = 0;
  }
}

/* Whether a list such as "cpu,cpuacct" has this name. */
static int has_name(const char *list, const char *name) {
  const size_t length = strlen(name);
  while (strncmp(list, name, length) != 0 || (list[length] != ',' && list[length] != 0)) {
    list = strchr(list, ',');
    if (!list) return 0;
    list++;
  }
  return 1;
}

double nnk_least_group_limit(const char *root, const char *controller, double (*limit)(const char *folder)) {
  char path[4096];
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *lines = fopen(path, "re");
  if (!lines) return INFINITY;
  double least = INFINITY;
  char line[4096];
  /* Of the lines "number:controllers:group"; where no controller is named, it is a group of version 2. */
  while (fgets(line, sizeof line, lines)) {
    line[strcspn(line, "\n")] = 0;
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group) continue;
    *group++ = 0;
    if (!*++controllers) {
      snprintf(path, sizeof path, "%s/sys/fs/cgroup", root);
    } else if (has_name(controllers, controller)) {
      snprintf(path, sizeof path, "%s/sys/fs/cgroup/%s", root, controller);
    } else {
      continue;
    }
    least = fmin(least, least_above(path, group, limit));
  }
  fclose(lines);
  return least;
}
