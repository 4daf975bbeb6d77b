/* The limits of the control groups that this process is in, as a container sets them (Linux, cgroups(7), versions 1 and 2). */
#ifndef CONTROL_GROUPS_H
#define CONTROL_GROUPS_H

#include <stddef.h>

/* The least of limit(folder) over the folder of this process's group and of those that it is part of; infinite if there is
   none. `controller` is as version 1 names it, `root` the folder that stands for "/". */
double nnk_least_group_limit(const char *root, const char *controller, double (*limit)(const char *folder));

/* Reads `count` numbers at the start of a file of a group's folder, and returns how many there are: where there is no limit,
   the file says "max", or is not there. */
size_t nnk_group_numbers(const char *folder, const char *file, double *numbers, size_t count);

#endif
