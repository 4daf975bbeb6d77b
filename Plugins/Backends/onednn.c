// Products in single precision by oneDNN (dnnl_sgemm), found when the program runs.
#include "found_library.h"

typedef int sgemm_function(char transposes_a, char transposes_b, int64_t m, int64_t n, int64_t k, float alpha,
                           const float *a, int64_t a_row, const float *b, int64_t b_row, float beta, float *c,
                           int64_t c_row);
typedef struct {
  int major, minor, patch;
} version_start;

static sgemm_function *sgemm;
// oneDNN is usually built with OpenMP, whose thread counts belong to the thread that sets them.
static void (*omp_set_threads)(int);

static int start(char *text, size_t size) {
  static const char *const names[] = {"libdnnl.so.3", "libdnnl.so.2", "libmkldnn.so.3", NULL};
  const char *name;
  void *library;
  sgemm = (sgemm_function *)find_in_libraries(names, "dnnl_sgemm", &name, &library);
  if (!sgemm) {
    snprintf(text, size, "found none of libdnnl.so.3, libdnnl.so.2 (Debian's package libdnnl2)");
    return 1;
  }
  omp_set_threads = (void (*)(int))dlsym(library, "omp_set_num_threads");
  const version_start *(*version)(void) = (const version_start *(*)(void))dlsym(library, "dnnl_version");
  if (version)
    snprintf(text, size, "oneDNN %d.%d.%d, %s", version()->major, version()->minor, version()->patch, name);
  else
    snprintf(text, size, "oneDNN, %s", name);
  return 0;
}

static int product_float(size_t m, size_t n, size_t k, float alpha, const float *a, size_t a_row, size_t a_column,
                         const float *b, size_t b_row, size_t b_column, float beta, float *c, size_t c_row) {
  static _Thread_local int is_alone;
  if (!is_alone && omp_set_threads) omp_set_threads(1);
  is_alone = 1;
  // A matrix of one row or one column may have both strides 1.
  const int turns_a = a_column != 1, turns_b = b_column != 1;
  const size_t a_lead = turns_a ? a_column : a_row, b_lead = turns_b ? b_column : b_row;
  const size_t a_least = turns_a ? m : k, b_least = turns_b ? k : n;
  // oneDNN 2.6 leaves C as it was where alpha is 0, even with beta = 0.
  if (alpha == 0) return 1;
  return sgemm(turns_a ? 'T' : 'N', turns_b ? 'T' : 'N', (int64_t)m, (int64_t)n, (int64_t)k, alpha, a,
               (int64_t)(a_lead < a_least ? a_least : a_lead), b, (int64_t)(b_lead < b_least ? b_least : b_lead), beta, c,
               (int64_t)c_row);
}

static const nnkit_backend backend = {
    .function = NNKIT_FUNCTION(nnkit_backend, NNKIT_BACKEND, "onednn", "oneDNN's products, in single precision",
                               "C = alpha A B + beta C"),
    .start = start,
    .product_float = product_float,
};
NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &backend.function)
