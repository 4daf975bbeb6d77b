// What Swift's view of the C library lacks, or shows differently from build to build, of a file's attributes.
#include "CNNKitSystem.h"

#include <sys/stat.h>
#include <sys/xattr.h>

ptrdiff_t nnk_access_list(const char *path, uint8_t *bytes, size_t size) {
  return getxattr(path, "system.posix_acl_access", bytes, size);
}

int64_t nnk_modification_time(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return -1;
  return (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
}
