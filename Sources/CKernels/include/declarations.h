/* The kernels of one precision: T is its type, NAME(name) the name with its suffix. CKernels.h includes this file once for each;
   it has no guard. Arrays never overlap unless said. */

/* C = alpha * A * B + beta * C. C is m x n, its rows c_row apart; A is m x k, its element (i, j) a[i * a_row +
   j * a_column]; B is k x n, likewise. With beta = 0 C is not read. A 0 in B may leave out what it multiplies, even if that is
   not finite. */
typedef struct NAME(nnk_gemm) {
  size_t m, n, k;
  T alpha;
  const T *a;
  size_t a_row, a_column;
  const T *b;
  size_t b_row, b_column;
  T beta;
  T *c;
  size_t c_row;
} NAME(nnk_gemm);
void NAME(nnk_multiply)(const NAME(nnk_gemm) *gemm);
/* The same by several threads: how; `count` pieces of B packed, from number `first` on; and `columns` columns of C from
   `first` on, of gemm->m of its rows. Each number of C is the same as by nnk_multiply. */
nnk_packing NAME(nnk_packing)(const NAME(nnk_gemm) *gemm);
void NAME(nnk_pack)(const NAME(nnk_gemm) *gemm, size_t first, size_t count, T *packed);
void NAME(nnk_multiply_packed)(const NAME(nnk_gemm) *gemm, size_t first, size_t columns, const T *packed);

void NAME(nnk_fill)(T *values, size_t count, T value);
/* sums[r] = the sum of row r; and every number of row r = values[r]. */
void NAME(nnk_sum_rows)(const T *matrix, size_t rows, size_t columns, T *sums);
void NAME(nnk_fill_rows)(T *matrix, size_t rows, size_t columns, const T *values);
/* values(r, c) = (values(r, c) - offset[c]) * factor[c], or with undo values(r, c) / factor[c] + offset[c]. */
void NAME(nnk_scale)(T *values, size_t rows, size_t columns, const double *offset, const double *factor, int undo);
/* Copies rows order[0], order[1], ... of `columns` numbers, one behind the other; of bytes, scaled in double precision. */
void NAME(nnk_gather)(const T *rows, const ptrdiff_t *order, size_t count, size_t columns, T *copy);
void NAME(nnk_gather_bytes)(const uint8_t *rows, const ptrdiff_t *order, size_t count, size_t columns,
                            const double *offset, const double *factor, T *copy);
/* The index of the first value that is not finite, or count. */
size_t NAME(nnk_first_non_finite)(const T *values, size_t count);
/* output[c * output_row + r] = input[r * columns + c]; and output[c * rows + r] += input[r * input_row + c]. */
void NAME(nnk_transpose)(const T *input, size_t rows, size_t columns, T *output, size_t output_row);
void NAME(nnk_add_transposed)(const T *input, size_t rows, size_t columns, size_t input_row, T *output);

/* A step of an optimizer over `count` parameters w and their summed gradients; `first` and `second` are what the optimizer keeps
   for each, NULL where it keeps nothing. templates/steps.inc has the formulas. */
#define STEP(name) \
  void NAME(nnk_step_##name)(nnk_step step, const T *gradients, T *first, T *second, T *w, size_t count);
STEP(sgd)
STEP(momentum)
STEP(nesterov)
STEP(rmsprop)
STEP(adagrad)
STEP(adam)
STEP(rprop)
STEP(nadam)
STEP(lion)
STEP(quickprop)
STEP(irpropm)
#undef STEP

/* Neurons (rows `row` apart) whose input is one sample x send their messages and update their weights in one sweep:
   messages += sum of weights * delta, then weights = keep * weights + factor * delta * x. messages may be NULL. */
typedef struct NAME(nnk_sweep) {
  T *weights;
  size_t row, neurons;
  const T *delta;
  T keep, factor;
  const T *x;
  size_t fan_in;
  T *messages;
} NAME(nnk_sweep);
void NAME(nnk_sweep_rows)(const NAME(nnk_sweep) *sweep);

/* Pooling: one number of each window of a channel, its greatest or the mean of those that are in the image. z of `channels`
   channels; room: width * samples numbers. */
void NAME(nnk_pool)(const nnk_pool *pool, size_t channels, const T *x, T *z, T *room);
/* Adds to each message what delta is for that number of the image; of equal maxima the first gets it. Where the windows cover each
   number of the image once, `overwrites` has it written instead: no zeros are needed then. */
void NAME(nnk_pool_back)(const nnk_pool *pool, size_t channels, const T *x, const T *z, const T *delta, T *messages,
                         int overwrites);

/* A layer and a loss in online SGD; the functions are those of their plugins. */
typedef struct NAME(nnk_online_layer) {
  size_t neurons, fan_in, row;
  T *weights, *biases, *z, *a, *received, *delta;
  const double *parameters;
  int (*evaluate)(const double *p, const nnkit_block *block, const T *z, T *a);
  int (*backward)(const double *p, const nnkit_block *block, const T *z, const T *a, const T *received, T *delta);
  int moves_weights, moves_biases;
  /* NULL, or room for the deferred updates of a block: see deferred_updates.inc. */
  T *inputs, *moves, *products, *overlaps;
} NAME(nnk_online_layer);
typedef struct NAME(nnk_online_loss) {
  const double *parameters;
  /* Of the outputs, or of the last z where takes_z. */
  int (*value)(const double *p, const nnkit_block *block, const T *u, const T *y, double *values);
  int takes_z;
  /* One of the two is used: canonical_delta where it is not NULL. */
  int (*gradient)(const double *p, const nnkit_block *block, const T *a, const T *y, T *received);
  int (*canonical_delta)(const double *p, const nnkit_block *block, const T *z, const T *a, const T *y, T *delta);
} NAME(nnk_online_loss);
/* Training by online SGD: sample order[s] at the learning rate rates[s], with the L2 penalty l2. Writes the loss of each, and
   in answers (samples x outputs) the network's outputs. */
typedef struct NAME(nnk_online_sgd) {
  const NAME(nnk_online_layer) *layers;
  size_t count;
  const NAME(nnk_online_loss) *loss;
  const T *inputs, *targets;
  const ptrdiff_t *order;
  size_t samples;
  const double *rates;
  double l2;
  double *losses;
  T *answers;
} NAME(nnk_online_sgd);
/* Updates are deferred over NNK_BLOCK samples at most, counted from the first. Returns how many samples it took: fewer than
   asked for if a loss is not finite, or if a plugin reports a failure, which is then in *failure. */
size_t NAME(nnk_run_online_sgd)(const NAME(nnk_online_sgd) *run, nnk_failure *failure);
