// Products in both precisions by any library with the C interface of BLAS, found when the program runs.
#include "found_library.h"

enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };

typedef void gemm_float(int order, int transposes_a, int transposes_b, int m, int n, int k, float alpha, const float *a,
                        int a_row, const float *b, int b_row, float beta, float *c, int c_row);
typedef void gemm_double(int order, int transposes_a, int transposes_b, int m, int n, int k, double alpha,
                         const double *a, int a_row, const double *b, int b_row, double beta, double *c, int c_row);

static gemm_float *sgemm;
static gemm_double *dgemm;

// Has the library work on the calling thread alone, in whichever way it offers.
static void make_alone(void *library) {
  static const char *const setters[] = {"openblas_set_num_threads", "MKL_Set_Num_Threads", "bli_thread_set_num_threads",
                                        "flexiblas_set_num_threads", NULL};
  for (const char *const *name = setters; *name; ++name) {
    void (*set)(long) = (void (*)(long))dlsym(library, *name);
    if (set) set(1);
  }
}

static int start(char *text, size_t size) {
  static const char *const names[] = {"libmkl_rt.so.2", "libmkl_rt.so", "libopenblas.so.0", "libblis.so.4",
                                      "libblas.so.3", "libcblas.so.3", NULL};
  const char *name;
  void *library;
  sgemm = (gemm_float *)find_in_libraries(names, "cblas_sgemm", &name, &library);
  dgemm = sgemm ? (gemm_double *)dlsym(library, "cblas_dgemm") : NULL;
  if (!sgemm || !dgemm) {
    snprintf(text, size, "found none of libmkl_rt.so, libopenblas.so.0, libblis.so.4, libblas.so.3 with the C interface"
                         " (Debian's package libopenblas0)");
    return 1;
  }
  make_alone(library);
  const char *(*config)(void) = (const char *(*)(void))dlsym(library, "openblas_get_config");
  snprintf(text, size, "%s, %s", config ? config() : "BLAS", name);
  return 0;
}

// Leading dimensions are at least the length of a row, even where there is one row alone.
#define AT_LEAST(stride, length) (int)((stride) < (length) ? (length) : (stride))
#define PRODUCT(NAME, T, GEMM)                                                                                       \
  static int NAME(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column, const T *b,      \
                  size_t b_row, size_t b_column, T beta, T *c, size_t c_row) {                                       \
    const int turns_a = a_column != 1, turns_b = b_column != 1;                                                      \
    GEMM(ROW_MAJOR, turns_a ? TRANSPOSED : AS_IT_IS, turns_b ? TRANSPOSED : AS_IT_IS, (int)m, (int)n, (int)k, alpha, \
         a, turns_a ? AT_LEAST(a_column, m) : AT_LEAST(a_row, k), b,                                                 \
         turns_b ? AT_LEAST(b_column, k) : AT_LEAST(b_row, n), beta, c, AT_LEAST(c_row, n));                         \
    return 0;                                                                                                        \
  }
PRODUCT(product, double, dgemm)
PRODUCT(product_float, float, sgemm)

static const nnkit_backend backend = {
    .function = NNKIT_FUNCTION(nnkit_backend, NNKIT_BACKEND, "blas", "products by OpenBLAS, MKL, BLIS or another BLAS",
                               "C = alpha A B + beta C"),
    .start = start,
    .product = product,
    .product_float = product_float,
};
NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &backend.function)
