// Extended attributes, which Swift's view of the C library lacks.
#include "CNNKitSystem.h"

#include <sys/xattr.h>

ptrdiff_t nnk_access_list(const char *path, uint8_t *bytes, size_t size) {
  return getxattr(path, "system.posix_acl_access", bytes, size);
}
