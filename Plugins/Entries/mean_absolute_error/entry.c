// The entry of a plugin that is written in Swift, which has no weak functions.
#include <nnkit/plugin.h>

const nnkit_plugin *nnkit_mean_absolute_error_entry(uint32_t host_abi_major);

NNKIT_ENTRY { return nnkit_mean_absolute_error_entry(host_abi_major); }
