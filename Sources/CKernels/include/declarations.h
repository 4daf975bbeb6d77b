/* The kernels of one precision: T is its type, and NAME(name) is the name with its suffix. CKernels.h includes this
   file once for each precision, so it has no include guard. Arrays never overlap unless a comment says so. */

/* C = alpha * A * B + beta * C. C is m x n, its rows c_row apart; A is m x k, its element (i, j) a[i * a_row +
   j * a_column]; B is k x n, likewise. With beta = 0 C is not read. Where an element of B is 0, its
   products may be left out, even if the other factor is not finite. */
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
/* The same multiplication by several threads. nnk_packing says how to divide the work. nnk_pack packs `count` pieces of
   B, from number `first` on. nnk_multiply_packed computes `columns` columns of C, from column `first` on, in gemm->m of
   its rows. Each number of C is the same as by nnk_multiply. */
nnk_packing NAME(nnk_packing)(const NAME(nnk_gemm) *gemm);
void NAME(nnk_pack)(const NAME(nnk_gemm) *gemm, size_t first, size_t count, T *packed);
void NAME(nnk_multiply_packed)(const NAME(nnk_gemm) *gemm, size_t first, size_t columns, const T *packed);

/* The windows of neurons at neighbouring positions, as a matrix X that is stored nowhere: taps x columns, one row for each
   number of the window. Its columns come in `runs` of `run` numbers. Row t has in run r the numbers from
   image[at[t] + r * step] on. */
typedef struct NAME(nnk_windows) {
  const T *image;
  size_t taps;
  const ptrdiff_t *at;
  size_t runs, run, step;
  /* From a run to the next in a row of z or delta; the rows are farther apart. */
  size_t z_step;
} NAME(nnk_windows);
/* Z = W * X + b: z(j, column) = biases[j] + the sum over t of weights[j * row + t] * X(t, column). */
void NAME(nnk_combine_windows)(const NAME(nnk_windows) *windows, size_t neurons, const T *weights, size_t row,
                               const T *biases, T *z, size_t z_row);
/* Adds Delta * X^T: sums[j * row + t] += the sum over all columns of delta(j, column) * X(t, column). */
void NAME(nnk_accumulate_windows)(const NAME(nnk_windows) *windows, size_t neurons, const T *delta, size_t delta_row,
                                  T *sums, size_t row);
/* Adds W^T * Delta, the sums over the neurons j, to messages that lie like the image: messages[at[t] + r * step + i] += the
   sum of weights[t * neurons + j] * delta(j, column). The taps are those of `channels` channels, `channel` numbers apart. */
void NAME(nnk_send_windows)(const NAME(nnk_windows) *windows, size_t channels, size_t channel, size_t neurons,
                            const T *weights, const T *delta, size_t delta_row, T *messages);
/* X with the numbers of a column side by side: turned[column * row + t] = X(t, column). */
void NAME(nnk_turn_windows)(const NAME(nnk_windows) *windows, T *turned, size_t row);
/* Adds messages that lie so to those that lie like the image: messages[at[t] + r * step + i] += turned[column * row + t]. */
void NAME(nnk_add_turned_windows)(const NAME(nnk_windows) *windows, const T *turned, size_t row, T *messages);

void NAME(nnk_fill)(T *values, size_t count, T value);
/* sums[i] += values[i]. */
void NAME(nnk_add)(const T *values, size_t count, T *sums);
/* nnk_sum_rows: sums[r] = the sum of row r. nnk_add_sum: *sum += the sum of the values. nnk_fill_rows: every number of row r = values[r]. */
void NAME(nnk_sum_rows)(const T *matrix, size_t rows, size_t columns, T *sums);
void NAME(nnk_add_sum)(const T *values, size_t count, T *sum);
void NAME(nnk_fill_rows)(T *matrix, size_t rows, size_t columns, const T *values);
/* values(r, c) = (values(r, c) - offset[c]) * factor[c], or with undo values(r, c) / factor[c] + offset[c]. */
void NAME(nnk_scale)(T *values, size_t rows, size_t columns, const double *offset, const double *factor, int undo);
/* Copies the rows order[0], order[1], ..., of `columns` numbers each, one after the other. nnk_gather_bytes copies from
   bytes, and scales them in double precision. */
void NAME(nnk_gather)(const T *rows, const ptrdiff_t *order, size_t count, size_t columns, T *copy);
void NAME(nnk_gather_bytes)(const uint8_t *rows, const ptrdiff_t *order, size_t count, size_t columns,
                            const double *offset, const double *factor, T *copy);
/* The index of the first value that is not finite, or count. */
size_t NAME(nnk_first_non_finite)(const T *values, size_t count);
/* nnk_transpose: output[c * output_row + r] = input[r * columns + c].
   nnk_add_transposed: output[c * rows + r] += input[r * input_row + c], or = with `overwrites`. */
void NAME(nnk_transpose)(const T *input, size_t rows, size_t columns, T *output, size_t output_row);
void NAME(nnk_add_transposed)(const T *input, size_t rows, size_t columns, size_t input_row, T *output, int overwrites);

/* A step of an optimizer for `count` parameters w and their summed gradients. `first` and `second` have the numbers
   that the optimizer keeps for each parameter; NULL if it keeps none. templates/steps.inc has the formulas. */
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

/* In one sweep over their weights, neurons send their messages and update their weights. Their input is one sample x,
   and their rows of weights are `row` numbers apart. messages += sum of weights * delta, then
   weights = keep * weights + factor * delta * x. messages may be NULL. */
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

/* Pooling: computes one number z of each window of a channel, the greatest number in the window, or the mean of those
   numbers that are in the image. z has `channels` channels. */
void NAME(nnk_pool)(const nnk_pool *pool, size_t channels, const T *x, T *z);
/* The backward pass of pooling: adds to each message the part of delta that belongs to this number of the image. If
   several numbers of a window are the maximum, the first one gets delta. If the windows cover each number of the image
   once, `overwrites` writes the messages instead of adding to them; they then need not be 0 before. */
void NAME(nnk_pool_back)(const nnk_pool *pool, size_t channels, const T *x, const T *z, const T *delta, T *messages,
                         int overwrites);

/* Drops some of the outputs of `rows` rows; `from` and `to` may be the same. */
void NAME(nnk_drop)(const nnk_dropout *dropout, size_t rows, const T *from, T *to);

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
  /* u are the outputs, or the weighted inputs z of the last layer if takes_z is not 0. */
  int (*value)(const double *p, const nnkit_block *block, const T *u, const T *y, double *values);
  int takes_z;
  /* canonical_delta is used if it is not NULL, otherwise gradient. */
  int (*gradient)(const double *p, const nnkit_block *block, const T *a, const T *y, T *received);
  int (*canonical_delta)(const double *p, const nnkit_block *block, const T *z, const T *a, const T *y, T *delta);
} NAME(nnk_online_loss);
/* Training by online SGD: step s takes sample order[s] and the learning rate rates[s]; l2 is the factor of the L2
   penalty. Writes the loss of each sample into losses, and the network's outputs into answers (samples x outputs). */
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
/* Updates are deferred over at most NNK_BLOCK samples, counted from the first. Returns the number of samples that it
   took. These are fewer than asked for if a loss is not finite, or if a plugin reports a failure, which is then in
   *failure. */
size_t NAME(nnk_run_online_sgd)(const NAME(nnk_online_sgd) *run, nnk_failure *failure);
