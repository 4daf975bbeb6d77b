/*
 * nnkit/plugin.h - the C ABI between nnkit and its plugins. A plugin includes this file and nothing else of nnkit.
 *
 * A plugin is a shared library that exports one symbol, `nnkit_plugin_entry`. This function returns a description of
 * the activation and loss functions, the kinds of neurons, the matrix backends and the communicators in the plugin. It
 * can be written in C, C++, Swift (`@c` functions), Rust or any other language that compiles to a `.so`:
 *
 *     cc -O3 -fno-math-errno -fno-trapping-math -shared -fPIC -fvisibility=hidden -Wl,-z,defs,-z,now \
 *       -I INCLUDE my_function.c -lm -o my_function.so
 *
 * Without errno and traps, gcc computes several elements at a time also where a loop has conditions or calls sqrt.
 *
 * NOTATION. z: weighted input of a neuron, a: its output a = f(z), y: the target, L: the loss of one sample,
 * received: dL/da, delta: dL/dz. x: a neuron's inputs, w: its weights, b: its bias. p: the values of the function's
 * parameters, in the order of their declaration; a function without parameters does not read p, which may be NULL.
 *
 * A function with a parameter, and a kink that depends on it:
 *
 *     #include <nnkit/plugin.h>
 *
 *     static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
 *       NNKIT_EACH(block, i) a[i] = z[i] <= p[0] ? 0 : z[i] - p[0];
 *       return 0;
 *     }
 *     static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
 *                         const double *received, double *delta) {
 *       NNKIT_EACH(block, i) delta[i] = z[i] > p[0] ? received[i] : 0;
 *       return 0;
 *     }
 *     static int describe(const double *p, nnkit_shape *shape) {
 *       shape->minimum = 0;
 *       shape->kink_count = 1;
 *       shape->kinks[0] = p[0];
 *       return 0;
 *     }
 *     static const nnkit_parameter parameters[] = {{"threshold", "where it begins to rise", 1, -10, 10, 0, 0}};
 *     static const nnkit_activation late = {
 *         .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "late", "a relu that begins at a threshold",
 *                      "a = max(0, z - threshold)", NULL, parameters, 1, 0, {NULL, NULL, NULL, NULL}},
 *         .describe = describe, .evaluate = evaluate, .backward = backward,
 *         .derivative = "f'(z) = if(z > threshold, 1, 0)",
 *     };
 *     NNKIT_PLUGIN("Ada Lovelace", "Apache-2.0", "1.0", &late.function)
 *
 * OWNERSHIP. The host owns every array and every block it passes; they live for the duration of the call. The plugin
 * owns everything that it returns or points to (descriptors, strings, parameter tables); all of it must be static and
 * constant, since libraries stay loaded until the process ends. Nothing is ever freed. Strings are UTF-8.
 *
 * THREADS. `nnkit_plugin_entry` is called by one thread at a time. Every other function may be called by any thread at
 * any moment, and by several threads at once, on blocks and rows that do not overlap. So a function keeps no state:
 * parameters are arguments, and the same arguments give the same result. A network may use one function with several
 * settings of its parameters; calls with different settings then alternate. Do not use the address of an array to
 * recognize it: the numbers in it change from call to call, also between evaluate and backward. (A communicator is
 * different: see there.)
 *
 * SCRATCH MEMORY. A function gets no scratch memory and allocates none. Layers may have any width: 2,000 neurons,
 * 10,000 inputs, batches of any size. So a fixed buffer for a whole layer can overflow, and so can the stack, which
 * may be small in a thread. A function processes its block in chunks, computes a number again where it needs it twice,
 * or keeps intermediate numbers in the array of its results (a, delta, received) until it writes these; but not in
 * arrays to which it adds (dw, messages).
 *
 * ERRORS. Every function returns 0, or any other number if it could not do its work. The host then stops the run and
 * reports plugin, function, layer, batch and that number (a product of a backend has another rule, see there). One
 * number has a fixed meaning: NNKIT_REFUSED, see there. A function does not allocate memory, do input or output,
 * change the floating-point environment, raise signals, throw, `longjmp` or `exit`.
 *
 * NaN. A result that is NaN is not an error: NaN in gives NaN out, and the host checks the loss. This rule holds for
 * evaluate, value, canonical_value and combine of every kind of function: if all the numbers from which a result is
 * computed (z; a; x or w) are NaN, the result is NaN. There are two exceptions. First, where a function is constant on
 * an interval (the 0 of a relu or a hinge), it may return that constant, since comparisons with NaN are false. But
 * `z < 0 ? 0 : z`, which gives NaN, is better than `z > 0 ? z : 0` and `fmax(0, z)`, which hide it. Second, if only
 * some of the numbers are NaN, a maximum over them may ignore these.
 *
 * ACCURACY. Derivatives agree with central differences to 6 digits; in single precision to 4 digits (sums whose terms
 * cancel each other: 5). A large block gives the same number as a small one, except for the rounding of a sum in
 * another order (12 digits, 5 in single precision). Finite numbers in give no NaN, as long as no power of them
 * overflows: a function of a whole layer whose z differ by some hundreds does not overflow, and does not
 * give the logarithm of 0.
 *
 * FORMULAS. A function may state its formulas (since ABI 1.3), in `formula` and in the fields whose comments name a
 * formula. nnkit explains a network with them and puts in the numbers; `nnkit plugins check` evaluates them and
 * compares them with the code. A formula is  LEFT = EXPRESSION.  The comment of each field gives the left side.
 *
 *   numbers        2, 0.5, 1e-3, pi, e, and each parameter by its name
 *   operations     + - * / ^, and |u| for the absolute value; a product needs no sign: 2 z, a (1 - a). -z^2 is -(z^2).
 *                  After a quotient, a product needs a sign or parentheses: 1 / 2 z is refused, since it can mean two
 *                  things.
 *   functions      exp ln sqrt abs sign erf sin cos tan atan sinh cosh tanh of one number; min and max of two or more
 *   cases          if(condition, then, else); conditions: = < <= > >=, also between three numbers:
 *                  if(0 < z < 6, 1, 0). Only the case that holds is evaluated.
 *   sums           sum u and prod u run over the outputs of the layer or of the loss, or over the inputs of a neuron.
 *                  They take all factors that follow, up to the next + or -: sum w x + b is (sum w x) + b. In u, the
 *                  sum runs over each variable without an index. sum_j u names the index: then the sum runs over z_j,
 *                  and z has the same meaning as outside of the sum. max_j u is the greatest of all u.
 *   indices        z_j, w_(n+i): letters i to m, and sums and differences of them and of n; counted from 0
 *   variables      of an activation: z, a. Of a whole layer also z_k, a_k and K, the number of neurons.
 *                  Of a loss: a, y, K (the number of outputs), in the canonical formula also z. Of a kind of neuron:
 *                  w, x, b, z, and n, the number of inputs; w without an index is the weight of the current input.
 *
 * A product with a factor 0 is 0, and so is 0 divided by anything (so that 0 ln 0 = 0, as usual in the field). The
 * signs ∂ δ ′ · − ² ³ √ ≤ ≥ Σ Π π may be used instead of d delta ' * - ^2 ^3 sqrt <= >= sum prod pi. If none of the
 * fields of ABI 1.3 is given, `formula` may be a text in words; it is then shown as it is.
 *
 * ONNX. A function may state how ONNX's operators, of version 18, compute it (since ABI 1.4): `nnkit export RUN FILE.onnx`
 * then writes a model that other programs can run. The text is in ONNX's textual form: inputs, outputs, and nodes, whose
 * attributes may be the function's parameters. A constant is written as below, and becomes one of the model's precision:
 *
 *   (z) => (a) { t = Constant <value_float: float = @threshold> () u = Sub (z, t) a = Relu (u) }
 *
 * GROWTH. Within a major version, fields are added only at the end of a struct, and each struct begins with its own
 * size. A host reads a field only if it lies within the size that the plugin gave. A plugin reads a field of
 * `nnkit_block`, `nnkit_shape` and `nnkit_rows` only if it lies within the size that the host gave. `nnkit_function` (a
 * prefix of other structs) and `nnkit_parameter` (an element of an array) never change within a major version.
 */
#ifndef NNKIT_PLUGIN_H
#define NNKIT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this ABI. A host refuses a plugin of another major version; the minor version counts additions. */
#define NNKIT_ABI_MAJOR 1u
#define NNKIT_ABI_MINOR 5u

/* The kind of a function. A host lists a function of an unknown kind, but does not use it. */
enum {
  NNKIT_ACTIVATION = 1,  /* the enclosing struct is nnkit_activation */
  NNKIT_LOSS = 2,        /* the enclosing struct is nnkit_loss */
  NNKIT_BACKEND = 3,     /* the enclosing struct is nnkit_backend */
  NNKIT_NEURON = 4,      /* the enclosing struct is nnkit_neuron; since ABI 1.2 */
  NNKIT_COMMUNICATOR = 5 /* the enclosing struct is nnkit_communicator; since ABI 1.5 */
};

/* The number that a function returns if the values of its parameters contradict each other, for example low = 3 and
   high = 1 where low < high is required. The host then refuses the configuration that has these values, before a run
   begins. A function may return it from every call that reads the parameters, or from only one of its calls, for any
   block. The default values must not contradict each other. */
#define NNKIT_REFUSED 1001

/* Flags of a function. Unknown flags are ignored. */
enum {
  /* Activations: a neuron's output depends on the whole layer's weighted inputs (softmax). The function is then called
     with all neurons of a layer at once, and its columns are independent. Without this flag a function is elementwise,
     and a call may cover any rows and any columns of a layer. */
  NNKIT_WHOLE_LAYER = 1u << 0,
  /* Losses: the value is never negative for outputs and targets in the declared ranges. */
  NNKIT_NON_NEGATIVE = 1u << 1
};

/* One number that a user may set in a configuration: {name: leaky_relu, slope: 0.1}. The host passes the default if the
   user gives no value, and refuses a value that is not within minimum...maximum (both included; both may be
   infinite). */
typedef struct nnkit_parameter {
  const char *name;                       /* [a-z][a-z0-9_]*, unique within the function; not "name" */
  const char *summary;                    /* a few words, or NULL */
  double default_value, minimum, maximum; /* minimum <= default_value <= maximum */
  uint32_t flags, reserved;               /* 0 */
} nnkit_parameter;

/* The part that all kinds of functions have in common: the first field of nnkit_activation, nnkit_loss, nnkit_backend,
   nnkit_neuron and nnkit_communicator. */
typedef struct nnkit_function {
  uint32_t struct_size;  /* size of the whole enclosing struct: sizeof(nnkit_activation), sizeof(nnkit_loss), ... */
  uint32_t kind;         /* NNKIT_ACTIVATION, NNKIT_LOSS, ... */
  const char *name;      /* its name in a configuration: [a-z][a-z0-9_]*, unique within the plugin */
  const char *summary;   /* one sentence */
  const char *formula;   /* factors included (see FORMULAS): "a = 1 / (1 + exp(-z))", "L = sum (a - y)^2 / 2" */
  const char *reference; /* where it comes from (paper, book), or NULL */
  const nnkit_parameter *parameters; /* parameter_count of them, 256 at most; NULL if there are none */
  uint32_t parameter_count, flags;
  const void *reserved[4]; /* NULL */
} nnkit_function;

/* The part of a layer that a call covers. Every array of the call has this shape: element (j, c), neuron j in column c
   (a column is one sample, or one sample at one position), is at index j * row_stride + c. Arrays of one call never
   overlap. A function must not read or write the elements between two rows (where row_stride > columns). */
typedef struct nnkit_block {
  uint32_t struct_size, flags; /* flags: 0 */
  size_t neurons, columns;     /* either may be 0: then there is nothing to do, and 0 is returned */
  size_t row_stride;           /* row_stride >= columns */
} nnkit_block;

/* NNKIT_EACH(block, i) statement;  visits the index i of every element of the block. If the rows are
   contiguous (row_stride == columns), it is one flat loop, which a compiler vectorises. For elementwise functions. */
#define NNKIT_EACH(block, i)                                                                              \
  for (size_t nnkit_row = 0, nnkit_rows = nnkit_row_count(block), nnkit_length = nnkit_row_length(block); \
       nnkit_row < nnkit_rows; ++nnkit_row)                                                               \
    for (size_t i = nnkit_row * (block)->row_stride, nnkit_end = i + nnkit_length; i < nnkit_end; ++i)

/* How many flat runs of elements the block has, and how long each is; run r starts at index r * row_stride. */
static inline size_t nnkit_row_count(const nnkit_block *block) {
  return block->row_stride == block->columns ? (block->neurons > 0) : block->neurons;
}
static inline size_t nnkit_row_length(const nnkit_block *block) {
  return block->row_stride == block->columns ? block->neurons * block->columns : block->columns;
}

/* Properties of an activation for given parameters; the host asks for them. */
#define NNKIT_MAX_KINKS 16
typedef struct nnkit_shape {
  uint32_t struct_size, flags; /* flags: 0 */
  double minimum, maximum;     /* every a lies in minimum...maximum; -INFINITY...INFINITY unless the plugin says more */
  uint32_t kink_count, reserved;
  double kinks[NNKIT_MAX_KINKS]; /* each z where f' does not exist and backward uses a convention, or f jumps; where
                                    there are more, those nearest to 0 */
} nnkit_shape;

/* An activation function a = f(z). */
typedef struct nnkit_activation {
  nnkit_function function;

  /* Fills in *shape. The host passes it with its size set, an unbounded range and no kinks; if describe is NULL, these
     values stay. The host calls describe for each setting of the parameters, when it builds a network and whenever it
     needs the shape again, from any thread, before or after other calls. So it depends only on p and keeps no state. */
  int (*describe)(const double *p, nnkit_shape *shape);

  /* Writes a = f(z). Required. */
  int (*evaluate)(const double *p, const nnkit_block *block, const double *z, double *a);

  /* Writes delta = received * f'(z), given z and a = f(z); for a function with NNKIT_WHOLE_LAYER, delta = J^T received
     in each column, with J[k][j] = da_k/dz_j. Required. */
  int (*backward)(const double *p, const nnkit_block *block, const double *z, const double *a, const double *received,
                  double *delta);

  /* The same two in single precision (the parameters stay double). Give both, or none (NULL): then the host
     converts. */
  int (*evaluate_float)(const double *p, const nnkit_block *block, const float *z, float *a);
  int (*backward_float)(const double *p, const nnkit_block *block, const float *z, const float *a,
                        const float *received, float *delta);

  /* Since ABI 1.3. The formula of f', or NULL: "f'(z) = a (1 - a)". For a function with NNKIT_WHOLE_LAYER, whose
     `formula` states "a_k = ...", that of one element of J: "da_k/dz_j = a_k (if(k = j, 1, 0) - a_j)". */
  const char *derivative;

  /* Since ABI 1.4. How ONNX computes a of z (samples x neurons), or NULL: see ONNX. */
  const char *onnx;
} nnkit_activation;

/* A loss function L(a, y) of one sample: the outputs of the last layer against the targets. The block's neurons are the
   outputs k, its columns are samples. The host averages over samples. A mean over outputs, a factor 1/2 and the like
   are part of the function, and its formula has them. A block of 0 neurons has no values: the host does not read them.
   A loss does not declare kinks: at a kink (|a - y| at a = y), its gradient is any slope from the left one to the right
   one. */
typedef struct nnkit_loss {
  nnkit_function function;

  /* The outputs and the targets for which the loss is defined (both ends included; infinite if unbounded). A host
     refuses targets outside of this range, and a last layer whose outputs may be outside of it. */
  double output_minimum, output_maximum, target_minimum, target_maximum;
  /* The targets that stand for "not of this class" and "of this class": 0 and 1, for hinge -1 and 1. */
  double target_off, target_on;

  /* Writes values[c] = L of sample c, for each column c of the block. Required. */
  int (*value)(const double *p, const nnkit_block *block, const double *a, const double *y, double *values);

  /* Writes received = dL/da for each element. Required. */
  int (*gradient)(const double *p, const nnkit_block *block, const double *a, const double *y, double *received);

  /* The canonical pair: the name of the activation with which this loss has a simpler and more exact form ("softmax"
     for cross_entropy). Or NULL: then the next two fields are NULL too. If the last layer has that activation with its
     default parameters, the next two functions replace activation.backward, value and gradient. */
  const char *canonical_activation;
  /* Writes values[c] = L(f(z), y) of sample c, for all targets in the declared range, also if the targets of a sample
     do not add up to 1. */
  int (*canonical_value)(const double *p, const nnkit_block *block, const double *z, const double *y, double *values);
  /* Writes delta = dL/dz, given z and a = f(z). */
  int (*canonical_delta)(const double *p, const nnkit_block *block, const double *z, const double *a, const double *y,
                         double *delta);

  /* The same four in single precision (parameters and values stay double). Give both value_float and
     gradient_float or neither, and both canonical ones or neither; the host converts where they are NULL. */
  int (*value_float)(const double *p, const nnkit_block *block, const float *a, const float *y, double *values);
  int (*gradient_float)(const double *p, const nnkit_block *block, const float *a, const float *y, float *received);
  int (*canonical_value_float)(const double *p, const nnkit_block *block, const float *z, const float *y,
                               double *values);
  int (*canonical_delta_float)(const double *p, const nnkit_block *block, const float *z, const float *a,
                               const float *y, float *delta);

  /* Since ABI 1.3. The formula of the gradient, or NULL: "dL/da = a - y", and with an index "dL/da_k = ...". */
  const char *gradient_formula;
  /* Since ABI 1.3. The formula of the canonical delta, or NULL: "delta = a - y". */
  const char *canonical_formula;
} nnkit_loss;

/* A matrix backend: a library that computes the products of a layer's matrices. Its function has no parameters, and its
   formula says what a product is. If a backend needs another library, it looks for it in `start`, not when it is
   loaded. */
typedef struct nnkit_backend {
  nnkit_function function;

  /* Called once, by one thread, before any product. Returns 0 if the backend can work here. In both cases it may write
     a line of at most size - 1 characters to text, which is empty before: the library that it found ("oneDNN 2.6.3"),
     or why it cannot work. Unlike other functions, it may open libraries and read files. Required. */
  int (*start)(char *text, size_t size);

  /* C = alpha * A * B + beta * C, where A is m x k, B is k x n, and C is m x n. Element (i, j) of A is at index
     i * a_row + j * a_column, where one of the two strides is 1; the same for B. Element (i, j) of C is at
     i * c_row + j. With beta = 0 C is not read. m, n and k are at least 1. Only the calling thread does the work: the
     host divides a product into parts of C that do not overlap, and several threads call at once. A and B may be the
     same array. The same arguments give the same bytes. Returns 0; or any other number if it has not written C: the
     host then computes that product itself. One of the two functions may be NULL: the host then computes the products
     of that precision itself. */
  int (*product)(size_t m, size_t n, size_t k, double alpha, const double *a, size_t a_row, size_t a_column,
                 const double *b, size_t b_row, size_t b_column, double beta, double *c, size_t c_row);
  int (*product_float)(size_t m, size_t n, size_t k, float alpha, const float *a, size_t a_row, size_t a_column,
                       const float *b, size_t b_row, size_t b_column, float beta, float *c, size_t c_row);
} nnkit_backend;

/* The part of a layer that a call of a kind of neuron covers: some of its neurons, j = 0, 1, ..., in some of its
   columns, c = 0, 1, ... (a column is one sample, or one sample at one position of a sliding window). Arrays of one
   call never overlap, and a function must not read or write elements other than those named here. The arrays are those
   of the host, without a copy. New fields are only added at the end. */
typedef struct nnkit_rows {
  uint32_t struct_size, flags; /* flags: 0 */
  size_t neurons, columns;     /* either may be 0: then there is nothing to do, and 0 is returned */
  size_t fan_in;               /* how many inputs each neuron has, at least 1 */
  size_t weight_count;         /* how many weights each neuron has, as nnkit_neuron.weight_count says; 0 for a kind that
                                  pools: w and b are then not read */
  size_t weight_row;           /* w, dw: weight i of neuron j is at j * weight_row + i; weight_row >= weight_count */
  size_t input_stride, column_stride; /* x: input i in column c is at i * input_stride + c * column_stride. One of the
                                         two is 1 in most calls: input_stride where x are samples, a row each,
                                         column_stride where they are the outputs of a layer. */
  size_t row_stride; /* z, delta: neuron j in column c is at j * row_stride + c; messages: input i in column c is at
                        i * row_stride + c; row_stride >= columns. b, db: neuron j is at j. */
} nnkit_rows;

/* A kind of neuron: how it combines its inputs x, its weights w and its bias b into z, and which messages it sends
   back. The activation computes its output from z. The formula gives z: "z = sum w x + b".

   A neuron has weight_count weights and one bias. The first fan_in weights belong to its inputs, one each, and are
   drawn by the layer's initializer; the others and the bias begin at 0. Where a derivative does not exist, the author
   of the formula chooses a convention (0 for a distance of 0); a kind does not declare kinks. No function allocates
   memory. combine and accumulate may be called for any neurons of a layer, and all three functions for any columns: a
   neuron does not depend on other neurons, nor a column on other columns. */
typedef struct nnkit_neuron {
  nnkit_function function;

  /* Writes to *count how many weights a neuron with fan_in inputs has. NULL: fan_in. The host calls it when it builds a
     network, for each setting of the parameters and as often as it needs, so the result depends only on the arguments.
     Since ABI 1.4 the count may be 0, for every fan_in: the kind then computes z from its inputs alone (a maximum, a
     mean) and has no bias (b is 0), and the host does not call accumulate. Where a sliding window reaches beyond the
     image, the host calls such a kind only with the inputs that are in the image, with a smaller fan_in. */
  int (*weight_count)(const double *p, size_t fan_in, size_t *count);

  /* Writes z. Required. */
  int (*combine)(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x, double *z);

  /* Adds to each dw the sum over the columns of delta * dz/dw, and to each db the sum of delta * dz/db. z is what
     combine wrote. It adds to the numbers that are in dw and db already. Required. */
  int (*accumulate)(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                    const double *z, const double *delta, double *dw, double *db);

  /* Adds to each message, to input i in column c, the sum over the neurons of delta * dz/dx. Required. */
  int (*send)(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
              const double *z, const double *delta, double *messages);

  /* The same three in single precision (the parameters stay double). Give all three, or none (NULL): the host then
     converts. */
  int (*combine_float)(const double *p, const nnkit_rows *rows, const float *w, const float *b, const float *x,
                       float *z);
  int (*accumulate_float)(const double *p, const nnkit_rows *rows, const float *w, const float *b, const float *x,
                          const float *z, const float *delta, float *dw, float *db);
  int (*send_float)(const double *p, const nnkit_rows *rows, const float *w, const float *b, const float *x,
                    const float *z, const float *delta, float *messages);

  /* Since ABI 1.3. The formulas of the derivatives of z, or NULL: "dz/dw = x", "dz/dx = w", "dz/db = 1". With an index:
     "dz/dw_i = ...", where i counts all weights, also those after the first fan_in: "dz/dw_i = if(i < n, x_i, 1)". */
  const char *weight_derivative;
  const char *input_derivative;
  const char *bias_derivative;

  /* Since ABI 1.4. How ONNX computes z (samples x neurons) of x (samples x fan_in), w (neurons x weight_count) and
     b (neurons), or NULL: see ONNX. */
  const char *onnx;
} nnkit_neuron;

/* The numbers that a communicator adds up. */
enum {
  NNKIT_FLOAT32 = 1, /* float */
  NNKIT_FLOAT64 = 2  /* double */
};

/* Since ABI 1.5. A communicator: a library (MPI, for example) through which several processes, on one machine or on many,
   train one network together. Each process runs the same program and has a number, its rank: 0, 1, ..., ranks - 1. A
   launcher (mpirun) starts the processes. Its function has no parameters, and its formula says what a sum is:
   "b = sum over the ranks of b".

   THREADS. One thread of the process makes all calls: first start, last finish. The host starts this thread for the
   communicator alone, and other threads compute meanwhile. So, unlike other functions, a communicator keeps a state,
   allocates memory, opens libraries, files and connections, and may start threads of its own.

   ORDER. all_reduce_begin, broadcast and barrier are collective: each rank makes the same ones in the same order, with the
   same count, type and root. Several sums may be under way at once; test and wait may ask for them in any order.

   ERRORS. A number other than 0 means that the connection to the other ranks cannot be used any more. The host then makes
   no other call than describe and finish(1), reports the error, and ends the process. A communicator does not end the
   process itself, and it does not have to notice that another rank has gone: the host has a time limit for every wait. */
typedef struct nnkit_communicator {
  nnkit_function function;

  /* Joins the other ranks, and writes this process's rank and how many ranks there are; without a launcher, 0 and 1. It
     may write a line of at most size - 1 characters to text, which is empty before: the library ("Open MPI 4.1.4"), or why
     it cannot work. The host calls it once. Required. */
  int (*start)(char *text, size_t size, size_t *rank, size_t *ranks);

  /* Begins to replace each of `count` numbers in buffer, on every rank, by its sum over all ranks, and returns without
     waiting for the other ranks. `type` is NNKIT_FLOAT32 or NNKIT_FLOAT64. All ranks get the same bytes. The same ranks with
     the same numbers get the same bytes in each run. *request stands for this sum in test and wait. The host neither reads
     nor writes buffer before the sum is done, and has at most 65536 sums under way. count may be 0. Required. */
  int (*all_reduce_begin)(void **request, void *buffer, size_t count, uint32_t type);

  /* Has the library do what it can for the sum now, without waiting, and writes to *done whether the sum is in buffer: 1 or 0.
     After a 1 the request exists no longer. Required. */
  int (*test)(void *request, int *done);

  /* Waits until the sum is in buffer; the request then exists no longer. The host calls test instead where another rank
     might not answer. Required. */
  int (*wait)(void *request);

  /* Copies `count` bytes from rank `root` to all others, and returns when they are in this rank's buffer. Required. */
  int (*broadcast)(void *bytes, size_t count, size_t root);

  /* Returns when all ranks have called it. Required. */
  int (*barrier)(void);

  /* The last call. With failed = 0, every rank makes it, and it leaves in order. With failed = 1, this rank ends because of an
     error, other ranks may not answer, and sums may be under way: it returns without waiting for any of them, and the
     process ends. Required. */
  int (*finish)(int failed);

  /* Writes what a number that another function returned means, a line of at most size - 1 characters, or NULL. */
  int (*describe)(int code, char *text, size_t size);

  /* The command that starts RANKS processes of the program that follows it, words separated by spaces, or NULL:
     "mpirun -n RANKS". Messages show it, and `nnkit plugins check NAME --ranks 2` runs it. */
  const char *launcher;
} nnkit_communicator;

/* The description of a plugin and its functions. */
typedef struct nnkit_plugin {
  uint32_t struct_size;          /* sizeof(nnkit_plugin) */
  uint32_t abi_major, abi_minor; /* NNKIT_ABI_MAJOR, NNKIT_ABI_MINOR at the plugin's compilation */
  uint32_t function_count;
  const char *author, *license, *version; /* of the plugin; any may be NULL */
  const nnkit_function *const *functions; /* function_count pointers, 65536 at most, to the first fields of structs */
} nnkit_plugin;

#if defined(__GNUC__)
#define NNKIT_EXPORT __attribute__((visibility("default")))
#else
#define NNKIT_EXPORT
#endif

/* The one symbol that a plugin exports. Returns its description, or NULL to refuse a host of this major version. */
NNKIT_EXPORT const nnkit_plugin *nnkit_plugin_entry(uint32_t host_abi_major);

/* An nnkit_function for a designated initialiser: .function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, ...).
   A function with parameters fills in the fields itself. */
#define NNKIT_FUNCTION(type, kind, name, summary, formula)                                   \
  {                                                                                          \
    sizeof(type), kind, name, summary, formula, NULL, NULL, 0, 0, { NULL, NULL, NULL, NULL } \
  }

/* Plugins that come with nnkit are compiled with NNKIT_LINKED, so that several of them may be linked into one program.
   Their entry functions all have the same name. So they are weak, and the address of each is left in a section where
   the program finds it. */
typedef const nnkit_plugin *(*nnkit_entry)(uint32_t host_abi_major);
#ifdef NNKIT_LINKED
#define NNKIT_ENTRY                                                                                                   \
  static const nnkit_plugin *nnkit_linked_entry(uint32_t host_abi_major);                                             \
  __attribute__((used, retain, section("nnkit_plugins"))) static const nnkit_entry nnkit_linked = nnkit_linked_entry; \
  NNKIT_EXPORT __attribute__((weak)) const nnkit_plugin *nnkit_plugin_entry(uint32_t host_abi_major) {                \
    return nnkit_linked_entry(host_abi_major);                                                                        \
  }                                                                                                                   \
  static const nnkit_plugin *nnkit_linked_entry(uint32_t host_abi_major)
#else
#define NNKIT_ENTRY NNKIT_EXPORT const nnkit_plugin *nnkit_plugin_entry(uint32_t host_abi_major)
#endif

/* Defines nnkit_plugin_entry for a plugin that offers the given functions:
   NNKIT_PLUGIN("Ada Lovelace", "Apache-2.0", "1.0", &my_activation.function, &my_loss.function) */
#define NNKIT_PLUGIN(author, license, version, ...)                             \
  NNKIT_ENTRY {                                                                 \
    static const nnkit_function *const functions[] = {__VA_ARGS__};             \
    static const nnkit_plugin plugin = {sizeof(nnkit_plugin),                   \
                                        NNKIT_ABI_MAJOR,                        \
                                        NNKIT_ABI_MINOR,                        \
                                        sizeof functions / sizeof functions[0], \
                                        author,                                 \
                                        license,                                \
                                        version,                                \
                                        functions};                             \
    return host_abi_major == NNKIT_ABI_MAJOR ? &plugin : NULL;                  \
  }

#ifdef __cplusplus
}
#endif
#endif
