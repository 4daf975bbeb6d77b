/// The bundled functions in ONNX's operators, as texts that `ONNXText` reads.
///
/// A `value_float` is written in the model's precision. Activations compute a of z, samples × neurons; kinds of neurons
/// compute z, samples × neurons, of x, samples × inputs, of w, neurons × weights, and of b, neurons.
enum ONNXFunctions {
  static let activations: [String: String] = [
    "celu": "(z) => (a) { a = Celu <alpha = @alpha> (z) }",
    "elu": "(z) => (a) { a = Elu <alpha = @alpha> (z) }",
    "exponential": "(z) => (a) { a = Exp (z) }",
    "gaussian": "(z) => (a) { square = Mul (z, z) opposite = Neg (square) a = Exp (opposite) }",
    "gelu": """
    (z) => (a) {
      scale = Constant <value_float = 0.70710678118654752440> ()
      one = Constant <value_float = 1.0> ()
      half = Constant <value_float = 0.5> ()
      scaled = Mul (z, scale) error = Erf (scaled) share = Add (error, one) product = Mul (z, share) a = Mul (product, half)
    }
    """,
    "hard_sigmoid": "(z) => (a) { a = HardSigmoid <alpha = 0.16666666666666666667, beta = 0.5> (z) }",
    "hard_swish": "(z) => (a) { a = HardSwish (z) }",
    "hard_tanh": """
    (z) => (a) {
      low = Constant <value_float = -1.0> () high = Constant <value_float = 1.0> () a = Clip (z, low, high)
    }
    """,
    "identity": "(z) => (a) { a = Identity (z) }",
    "leaky_relu": "(z) => (a) { a = LeakyRelu <alpha = @slope> (z) }",
    "log_sigmoid": "(z) => (a) { opposite = Neg (z) t = Softplus (opposite) a = Neg (t) }",
    "log_softmax": "(z) => (a) { a = LogSoftmax <axis = 1> (z) }",
    "mish": "(z) => (a) { a = Mish (z) }",
    "relu": "(z) => (a) { a = Relu (z) }",
    "relu6": """
    (z) => (a) {
      low = Constant <value_float = 0.0> () high = Constant <value_float = 6.0> () a = Clip (z, low, high)
    }
    """,
    "selu": "(z) => (a) { a = Selu <alpha = 1.6732632423543772848, gamma = 1.0507009873554804934> (z) }",
    "sigmoid": "(z) => (a) { a = Sigmoid (z) }",
    "silu": "(z) => (a) { share = Sigmoid (z) a = Mul (z, share) }",
    "sine": "(z) => (a) { a = Sin (z) }",
    "softmax": "(z) => (a) { a = Softmax <axis = 1> (z) }",
    "softplus": "(z) => (a) { a = Softplus (z) }",
    "softsign": "(z) => (a) { a = Softsign (z) }",
    "step": """
    (z) => (a) { zero = Constant <value_float = 0.0> () isOn = Greater (z, zero) a = CastLike (isOn, z) }
    """,
    "tanh": "(z) => (a) { a = Tanh (z) }",
  ]

  /// Where ONNX has the operator in single precision alone.
  static let activationsInDouble: [String: String] = [
    "celu": """
    (z) => (a) {
      alpha = Constant <value_float = @alpha> ()
      scaled = Div (z, alpha) bent = Elu <alpha = 1.0> (scaled) a = Mul (bent, alpha)
    }
    """
  ]

  /// Other ways in which files write a bundled activation.
  static let variants: [(name: String, text: String)] = [
    ("gelu", "(z) => (a) { a = Gelu (z) }"),
    ("log_sigmoid", "(z) => (a) { s = Sigmoid (z) a = Log (s) }"),
    ("mish", "(z) => (a) { s = Softplus (z) t = Tanh (s) a = Mul (z, t) }"),
    ("silu", "(z) => (a) { a = Swish (z) }"),
    (
      "softsign",
      "(z) => (a) { size = Abs (z) one = Constant <value_float = 1.0> () sum = Add (size, one) a = Div (z, sum) }"
    ),
    (
      "sigmoid",
      """
      (z) => (a) {
        opposite = Neg (z) power = Exp (opposite) one = Constant <value_float = 1.0> () sum = Add (power, one)
        a = Reciprocal (sum)
      }
      """
    ),
    (
      // As PyTorch writes it: beyond 20 it is z, to the last digit of single precision.
      "softplus",
      """
      (z) => (a) {
        limit = Constant <value_float = 20.0> () isBeyond = Greater (z, limit) soft = Softplus (z)
        a = Where (isBeyond, z, soft)
      }
      """
    ),
    (
      "softplus",
      "(z) => (a) { power = Exp (z) one = Constant <value_float = 1.0> () sum = Add (power, one) a = Log (sum) }"
    ),
    (
      "hard_swish",
      """
      (z) => (a) {
        share = HardSigmoid <alpha = 0.16666666666666666667, beta = 0.5> (z) a = Mul (z, share)
      }
      """
    ),
    (
      "hard_swish",
      """
      (z) => (a) {
        three = Constant <value_float = 3.0> () low = Constant <value_float = 0.0> ()
        high = Constant <value_float = 6.0> () six = Constant <value_float = 6.0> ()
        shifted = Add (z, three) share = Clip (shifted, low, high) product = Mul (z, share) a = Div (product, six)
      }
      """
    ),
    (
      "hard_sigmoid",
      """
      (z) => (a) {
        three = Constant <value_float = 3.0> () low = Constant <value_float = 0.0> ()
        high = Constant <value_float = 6.0> () six = Constant <value_float = 6.0> ()
        shifted = Add (z, three) share = Clip (shifted, low, high) a = Div (share, six)
      }
      """
    ),
  ]

  /// Activations that are written as functions of the file, so that their parameters stay what they are; those that are
  /// among `activations` too only where their parameters are not the defaults.
  static let activationFunctions: [String: String] = [
    "cosine": "(z) => (a) { s = Constant <value_float = @steepness> () v = Mul (z, s) a = Cos (v) }",
    "elliott": """
    (z) => (a) {
      s = Constant <value_float = @steepness> () one = Constant <value_float = 1.0> ()
      half = Constant <value_float = 0.5> () v = Mul (z, s) size = Abs (v) sum = Add (size, one) bent = Div (v, sum)
      scaled = Mul (bent, half) a = Add (scaled, half)
    }
    """,
    "elliott_symmetric": "(z) => (a) { s = Constant <value_float = @steepness> () v = Mul (z, s) a = Softsign (v) }",
    "gaussian": """
    (z) => (a) {
      s = Constant <value_float = @steepness> () v = Mul (z, s) square = Mul (v, v) opposite = Neg (square)
      a = Exp (opposite)
    }
    """,
    "gaussian_symmetric": """
    (z) => (a) {
      s = Constant <value_float = @steepness> () one = Constant <value_float = 1.0> ()
      two = Constant <value_float = 2.0> () v = Mul (z, s) square = Mul (v, v) opposite = Neg (square)
      bell = Exp (opposite) scaled = Mul (bell, two) a = Sub (scaled, one)
    }
    """,
    "linear_piece": """
    (z) => (a) {
      s = Constant <value_float = @steepness> () low = Constant <value_float = 0.0> ()
      high = Constant <value_float = 1.0> () v = Mul (z, s) a = Clip (v, low, high)
    }
    """,
    "linear_piece_symmetric": """
    (z) => (a) {
      s = Constant <value_float = @steepness> () low = Constant <value_float = -1.0> ()
      high = Constant <value_float = 1.0> () v = Mul (z, s) a = Clip (v, low, high)
    }
    """,
    "sigmoid": "(z) => (a) { s = Constant <value_float = @steepness> () v = Mul (z, s) a = Sigmoid (v) }",
    "sine": "(z) => (a) { s = Constant <value_float = @steepness> () v = Mul (z, s) a = Sin (v) }",
    "tanh": "(z) => (a) { s = Constant <value_float = @steepness> () v = Mul (z, s) a = Tanh (v) }",
    "threshold_symmetric": """
    (z) => (a) {
      zero = Constant <value_float = 0.0> () low = Constant <value_float = -1.0> ()
      high = Constant <value_float = 1.0> () isOn = Greater (z, zero) a = Where (isOn, high, low)
    }
    """,
  ]

  static let kinds: [String: String] = [
    "maximum": """
    (x, w, b) => (z) {
      one = Constant <value_ints = [1]> () zero = Constant <value_float = 0.0> ()
      greatest = ReduceMax <keepdims = 1> (x, one) none = Mul (b, zero) z = Add (greatest, none)
    }
    """,
    "average": """
    (x, w, b) => (z) {
      one = Constant <value_ints = [1]> () zero = Constant <value_float = 0.0> ()
      mean = ReduceMean <keepdims = 1> (x, one) none = Mul (b, zero) z = Add (mean, none)
    }
    """,
    "radial_basis": """
    (x, w, b) => (z) {
      one = Constant <value_ints = [1]> () two = Constant <value_ints = [2]> ()
      rows = Unsqueeze (x, one) difference = Sub (rows, w) distance = ReduceL2 <keepdims = 0> (difference, two)
      factor = Exp (b) z = Mul (distance, factor)
    }
    """,
    "product": """
    (x, w, b) => (z) {
      one = Constant <value_ints = [1]> () two = Constant <value_ints = [2]> ()
      unit = Constant <value_float = 1.0> ()
      rows = Unsqueeze (x, one) terms = Mul (rows, w) factors = Add (terms, unit)
      product = ReduceProd <keepdims = 0> (factors, two) z = Add (product, b)
    }
    """,
    "quadratic": """
    (x, w, b) => (z) {
      linear, square = Split <axis = 1, num_outputs = 2> (w)
      sum = Gemm <transB = 1> (x, linear, b)
      squares = Mul (x, x) turned = Transpose <perm = [1, 0]> (square) more = MatMul (squares, turned) z = Add (sum, more)
    }
    """,
    "cosine": """
    (x, w, b) => (z) {
      one = Constant <value_ints = [1]> ()
      zero = Constant <value_float = 0.0> () unit = Constant <value_float = 1.0> ()
      turned = Transpose <perm = [1, 0]> (w) dot = MatMul (x, turned)
      inputSize = ReduceL2 <keepdims = 1> (x, one) weightSize = ReduceL2 <keepdims = 0> (w, one)
      sizes = Mul (inputSize, weightSize) isZero = Equal (sizes, zero) divisor = Where (isZero, unit, sizes)
      cosine = Div (dot, divisor) z = Add (cosine, b)
    }
    """,
  ]
}
