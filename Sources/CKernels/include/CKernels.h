/* The loops of nnkit over scalars, in single (_f32) and double (_f64) precision. Arrays never overlap unless said. */
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "nnkit/plugin.h"

#include "pooling.h"

/* What an optimizer's step needs beside its arrays. The gradient of parameter i, before any state is touched, is
   g = gradient_scale * gradients[i] + l1 * sign(w) + l2 * w. `numbers` are the optimizer's own, as its kernel says. */
typedef struct nnk_step {
  double gradient_scale, l1, l2;
  double learning_rate;
  double numbers[8];
} nnk_step;

/* A step over `count` weights w and their summed gradients; `first` and `second` are what the optimizer keeps for each,
   NULL where it keeps nothing. */
#define NNK_STEP(NAME, T, SUFFIX) \
  void nnk_step_##NAME##_##SUFFIX(nnk_step step, const T *gradients, T *first, T *second, T *w, size_t count);

/* Over how many samples the moves of a large layer's weights are put off, one sample at a time. */
enum { NNK_BLOCK = 32 };

/* What a plugin reported: the number that its function `call` returned, and the layer, or -1 for the loss. */
typedef struct nnk_failure {
  ptrdiff_t layer;
  const char *call;
  int code;
} nnk_failure;

/* `count` threads that help their caller; NULL without memory. Fewer where the system gives fewer. */
typedef struct nnk_threads nnk_threads;
nnk_threads *nnk_threads_new(size_t count);
/* Calls work(context, chunk) for each chunk from 0 to chunks - 1, at most 65,535, on these threads and the caller's, and
   returns when all are done. A thread begins with the same chunks call after call, and then takes what others have not begun;
   it has one at a time. The caller calls beside(context) first, unless that is NULL, while others begin. Callers take turns;
   work must not call this again. */
void nnk_threads_run(nnk_threads *threads, size_t chunks, void (*work)(void *context, size_t chunk),
                     void (*beside)(void *context), void *context);
/* Ends the threads. */
void nnk_threads_free(nnk_threads *threads);

/* Writes the SHA-256 of `count` bytes. */
void nnk_sha256(const uint8_t *bytes, size_t count, uint8_t digest[32]);

/* The instructions that nnk_product computes with on this processor. */
enum { NNK_PLAIN_LEVEL, NNK_AVX2, NNK_AVX512 };
int nnk_product_level(void);
/* From now on no better ones are used, for a measurement. */
void nnk_limit_product_level(int level);
/* How a product can be shared out among threads: in parts of C that begin at multiples of so many rows and columns. Where
   `numbers` is not 0, B is first packed for all of them, as so many numbers, by `pieces`. */
typedef struct nnk_packing {
  size_t rows, columns, numbers, pieces;
} nnk_packing;

/* The most rows that nnk_expect_rows takes: with more, a batch is computed for so long that fetching does not matter. */
enum { NNK_EXPECTED_ROWS = 32 };
/* Rows order[0] to order[count - 1], of `row_bytes` bytes each, that this thread will read soon. Products of few columns fetch
   them from memory while they compute. `order` is copied; the rows are never read here, and may be gone by then. With more
   than NNK_EXPECTED_ROWS, or none, no row is fetched. */
void nnk_expect_rows(const void *rows, size_t row_bytes, const ptrdiff_t *order, size_t count);

/* The size of the vectors that nnk_product computes with on this processor. */
size_t nnk_product_vector_bytes(void);
/* Writes a file's access control list as Linux keeps it (linux/posix_acl_xattr.h); how many bytes, -1 if it has none. */
ptrdiff_t nnk_access_list(const char *path, uint8_t *bytes, size_t size);

/* Whether from now on this process is the parent of all processes below it whose own parent has ended. */
void nnk_adopt_orphans(int is_parent);

/* How this thread computes: its rounding, what becomes of tiny numbers, which exceptions are signals. */
uint64_t nnk_float_control(void);

/* pipe() whose ends no process inherits that another thread starts meanwhile. */
int nnk_pipe(int ends[2]);

/* A descriptor of an empty file that is in no folder; -1 if there can be none. */
int nnk_memory_file(void);

/* The description of a plugin that is linked into the program, by its number from 0; NULL for the number after the last. */
const void *nnk_linked_plugin(size_t number);

/* How many bytes of the heap are in use; 0 where the system does not say. */
int64_t nnk_heap_bytes(void);

/* From now on memory of more than a megabyte goes back to the system when it is freed. For the whole process, once. */
void nnk_return_large_memory(void);

/* From now on a crash, and an end by exit() before nnk_expect_end(), is reported on standard error with the file that it comes
   from, as far as that can be known; such an end has exit code 1, a crash its signal. For the whole process, once. */
void nnk_tell_unexpected_end(void);
/* The code of the plugin that this thread calls, or NULL: if the call ends the process, this identifies the plugin, whatever
   became of the stack. */
extern _Thread_local const void *nnk_called;
static inline void nnk_begin_call(const void *code) { nnk_called = code; }
static inline void nnk_end_call(void) { nnk_called = NULL; }
/* Has a crash that comes from nowhere name a plugin: it may have overwritten memory of others. From any thread. */
void nnk_note_plugin(const char *file);
/* A stack of its own on which this thread's crash is reported, since the other may have overflowed; NULL without memory. */
void *nnk_begin_crash_stack(void);
/* Frees it, which may be NULL. */
void nnk_end_crash_stack(void *stack);
/* From any thread: the process may end by exit() now. */
void nnk_expect_end(void);

#define NNK_DECLARE(T, SUFFIX)                                                                                       \
  /* C (m x n, rows c_row apart) = alpha * A (m x k) * B (k x n) + beta * C; element (i, j) of A is                  \
     a[i * a_row + j * a_column], and so for B. With beta = 0 C is not read. A 0 in B may leave out what it          \
     multiplies, even if that is not finite. */                                                                      \
  void nnk_product_##SUFFIX(size_t m, size_t n, size_t k, T alpha, const T *a, size_t a_row, size_t a_column,        \
                            const T *b, size_t b_row, size_t b_column, T beta, T *c, size_t c_row);                  \
  /* The same product by several threads: how; `count` pieces of B packed, from number `first` on; and `columns` columns   \
     of C from `first` on, of `m` of its rows. Each number of C is the same as by nnk_product. */                     \
  nnk_packing nnk_packing_##SUFFIX(size_t m, size_t n, size_t k, size_t a_row, size_t a_column, size_t b_row,        \
                                   size_t b_column, size_t c_row);                                                   \
  void nnk_pack_##SUFFIX(size_t n, size_t k, const T *b, size_t b_row, size_t b_column, size_t first, size_t count,  \
                         T *packed);                                                                                 \
  void nnk_packed_product_##SUFFIX(size_t m, size_t first, size_t columns, size_t n, size_t k, T alpha, const T *a,  \
                                   size_t a_row, size_t a_column, const T *packed, T beta, T *c, size_t c_row);      \
                                                                                                                     \
  T nnk_sum_##SUFFIX(const T *values, size_t count);                                                                 \
  void nnk_fill_##SUFFIX(T *values, size_t count, T value);                                                          \
  /* sums[r] = the sum of row r; and every number of row r = values[r]. */                                           \
  void nnk_sum_rows_##SUFFIX(const T *matrix, size_t rows, size_t columns, T *sums);                                 \
  void nnk_fill_rows_##SUFFIX(T *matrix, size_t rows, size_t columns, const T *values);                              \
  /* values(r, c) = (values(r, c) - offset[c]) * factor[c], or with undo values(r, c) / factor[c] + offset[c]. */    \
  void nnk_scale_##SUFFIX(T *values, size_t rows, size_t columns, const double *offset, const double *factor,        \
                            int undo);                                                                               \
  /* Copies rows order[0], order[1], ... of `columns` numbers, one behind the other; of bytes, scaled in double precision. */ \
  void nnk_gather_##SUFFIX(const T *rows, const ptrdiff_t *order, size_t count, size_t columns, T *copy);            \
  void nnk_gather_bytes_##SUFFIX(const uint8_t *rows, const ptrdiff_t *order, size_t count, size_t columns,          \
                                 const double *offset, const double *factor, T *copy);                               \
  /* The index of the first value that is not finite, or count. */                                                   \
  size_t nnk_first_non_finite_##SUFFIX(const T *values, size_t count);                                               \
  /* output[c * output_row + r] = input[r * columns + c]; and output[c * rows + r] += input[r * input_row + c]. */   \
  void nnk_transpose_##SUFFIX(const T *input, size_t rows, size_t columns, T *output, size_t output_row);            \
  void nnk_add_transposed_##SUFFIX(const T *input, size_t rows, size_t columns, size_t input_row, T *output);        \
                                                                                                                     \
  /* Optimizer steps; steps.c has their formulas. */                                                                 \
  NNK_STEP(sgd, T, SUFFIX)                                                                                           \
  NNK_STEP(momentum, T, SUFFIX)                                                                                      \
  NNK_STEP(nesterov, T, SUFFIX)                                                                                      \
  NNK_STEP(rmsprop, T, SUFFIX)                                                                                       \
  NNK_STEP(adagrad, T, SUFFIX)                                                                                       \
  NNK_STEP(adam, T, SUFFIX)                                                                                          \
  NNK_STEP(rprop, T, SUFFIX)                                                                                         \
  NNK_STEP(nadam, T, SUFFIX)                                                                                         \
  NNK_STEP(lion, T, SUFFIX)                                                                                          \
  NNK_STEP(quickprop, T, SUFFIX)                                                                                     \
  NNK_STEP(irpropm, T, SUFFIX)                                                                                       \
                                                                                                                     \
  /* Neurons (rows `row` apart) whose input is one sample x send their messages and move their weights in one sweep:     \
     messages += sum of weights * delta, then weights = keep * weights + factor * delta * x. messages may be NULL. */\
  void nnk_sweep_##SUFFIX(T *weights, size_t row, size_t neurons, const T *delta, T keep, T factor, const T *x,      \
                          size_t fan_in, T *messages);                                                               \
                                                                                                                     \
  /* A layer and a loss as nnk_train_one_by_one takes them; the functions are those of their plugins. */             \
  typedef struct nnk_one_sample_layer_##SUFFIX {                                                                     \
    size_t neurons, fan_in, row;                                                                                     \
    T *weights, *biases, *z, *a, *received, *delta;                                                                  \
    const double *parameters;                                                                                        \
    int (*evaluate)(const double *p, const nnkit_block *block, const T *z, T *a);                                    \
    int (*backward)(const double *p, const nnkit_block *block, const T *z, const T *a, const T *received, T *delta); \
    int moves_weights, moves_biases;                                                                                 \
    /* NULL, or room for a block of moves that are put off: see put_off.h. */                                        \
    T *inputs, *moves, *ahead, *overlaps;                                                                             \
  } nnk_one_sample_layer_##SUFFIX;                                                                                   \
  typedef struct nnk_one_sample_loss_##SUFFIX {                                                                      \
    const double *parameters;                                                                                        \
    /* Of the outputs, or of the last z where takes_z. */                                                            \
    int (*value)(const double *p, const nnkit_block *block, const T *u, const T *y, double *values);                 \
    int takes_z;                                                                                                     \
    /* One of the two is used: canonical_delta where it is not NULL. */                                              \
    int (*gradient)(const double *p, const nnkit_block *block, const T *a, const T *y, T *received);                 \
    int (*canonical_delta)(const double *p, const nnkit_block *block, const T *z, const T *a, const T *y, T *delta); \
  } nnk_one_sample_loss_##SUFFIX;                                                                                    \
  /* Trains a network by plain SGD, one sample after the other: sample order[s], at the rate rates[s], with the L2   \
     penalty l2. Writes the loss of each, and in answers (samples x outputs) what the network answered.              \
     Moves are put off over NNK_BLOCK samples at most, counted from the first.                                       \
     Returns how many samples it took: fewer than asked for if a loss is not finite, or if a plugin reports a        \
     failure, which is then in *failure. */                                                                          \
  size_t nnk_train_one_by_one_##SUFFIX(const nnk_one_sample_layer_##SUFFIX *layers, size_t count,                    \
                                       const nnk_one_sample_loss_##SUFFIX *loss, const T *inputs, const T *targets,  \
                                       const ptrdiff_t *order, size_t samples, const double *rates, double l2,       \
                                       double *losses, T *answers, nnk_failure *failure);

NNK_DECLARE(float, f32)
NNK_DECLARE(double, f64)
#undef NNK_DECLARE

#endif
