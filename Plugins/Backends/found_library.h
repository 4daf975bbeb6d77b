// What the backends of this folder share: looking for a library when the program runs.
#ifndef FOUND_LIBRARY_H
#define FOUND_LIBRARY_H

#include <dlfcn.h>
#include <stdio.h>

#include "nnkit/plugin.h"

// Opens the first of `names` (the last is NULL) that is there and offers `symbol`, whose address it returns; else NULL.
// *name is then its name, *library its handle. Names without a slash are looked for where the system keeps its libraries.
static inline void *find_in_libraries(const char *const *names, const char *symbol, const char **name, void **library) {
  for (; *names; ++names) {
    void *handle = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    void *address = handle ? dlsym(handle, symbol) : NULL;
    if (address) {
      *name = *names;
      *library = handle;
      return address;
    }
    if (handle) dlclose(handle);
  }
  return NULL;
}

#endif
