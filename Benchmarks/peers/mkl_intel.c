/* Preloaded, it lets MKL use AVX-512 on processors that are not Intel's. */
int mkl_serv_intel_cpu_true(void) { return 1; }
