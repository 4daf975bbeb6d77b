#include "CNNKitSystem.h"
#include "nnkit/plugin.h"

// Where the linker puts the entries of plugins that are linked into the program; NULL where there are none.
extern const nnkit_entry __start_nnkit_plugins[] __attribute__((weak, visibility("hidden")));
extern const nnkit_entry __stop_nnkit_plugins[] __attribute__((weak, visibility("hidden")));

const void *nnk_linked_plugin(size_t number) {
  if (!__start_nnkit_plugins || number >= (size_t)(__stop_nnkit_plugins - __start_nnkit_plugins)) return NULL;
  return __start_nnkit_plugins[number](NNKIT_ABI_MAJOR);
}
