// The header compiled by itself, and its layout pinned: within a major version these numbers only grow at the end.
#include "nnkit/plugin.h"

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(nnkit_parameter) == 48, "nnkit_parameter is frozen within a major version");
_Static_assert(sizeof(nnkit_function) == 88, "nnkit_function is frozen within a major version");
_Static_assert(sizeof(nnkit_block) >= 32, "nnkit_block only grows");
_Static_assert(sizeof(nnkit_shape) >= 160, "nnkit_shape only grows");
_Static_assert(offsetof(nnkit_activation, describe) == 88, "fields keep their places");
_Static_assert(offsetof(nnkit_loss, value) == 136, "fields keep their places");
_Static_assert(offsetof(nnkit_backend, start) == 88, "fields keep their places");
_Static_assert(sizeof(nnkit_rows) >= 72, "nnkit_rows only grows");
_Static_assert(offsetof(nnkit_neuron, combine) == 96, "fields keep their places");
_Static_assert(offsetof(nnkit_plugin, functions) == 40, "fields keep their places");
#endif
