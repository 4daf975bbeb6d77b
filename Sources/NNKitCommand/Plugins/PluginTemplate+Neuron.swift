extension PluginTemplate {
  var neuronInC: String {
    """
    #include <nnkit/plugin.h>
    #include <math.h>

    /* Where things lie: weight i of neuron j, what input i brings in column c, neuron j (or message i) in column c. */
    #define W(j, i) ((j) * rows->weight_row + (i))
    #define X(i, c) ((i) * rows->input_stride + (c) * rows->column_stride)
    #define AT(j, c) ((j) * rows->row_stride + (c))

    /* The slope of |d|; at its kink, where there is none, 0. */
    static double slope(double d) { return (d > 0) - (d < 0); }

    /* Writes z; p[0] is the value of the first parameter. */
    static int combine(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                       double *z) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t c = 0; c < rows->columns; ++c) {
          double sum = 0;
          for (size_t i = 0; i < rows->fan_in; ++i) sum += fabs(x[X(i, c)] - w[W(j, i)]);
          z[AT(j, c)] = p[0] * sum + b[j];
        }
      return 0;
    }

    /* Adds to dw what delta says of each weight, delta * dz/dw, and to db what it says of the bias. */
    static int accumulate(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                          const double *z, const double *delta, double *dw, double *db) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t c = 0; c < rows->columns; ++c) {
          for (size_t i = 0; i < rows->fan_in; ++i)
            dw[W(j, i)] += delta[AT(j, c)] * p[0] * slope(w[W(j, i)] - x[X(i, c)]);
          db[j] += delta[AT(j, c)];
        }
      return 0;
    }

    /* Adds to the message to each input what delta says of it, delta * dz/dx. */
    static int send(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                    const double *z, const double *delta, double *messages) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t i = 0; i < rows->fan_in; ++i)
          for (size_t c = 0; c < rows->columns; ++c)
            messages[AT(i, c)] += delta[AT(j, c)] * p[0] * slope(x[X(i, c)] - w[W(j, i)]);
      return 0;
    }

    /* Optional: what a configuration may set, as in {name: \(name), scale: 2}; name, summary, default, bounds. */
    static const nnkit_parameter parameters[] = {{"scale", "of the distance", 1, 0.1, 10, 0, 0}};

    static const nnkit_neuron function = {
        .function = {sizeof(nnkit_neuron), NNKIT_NEURON, "\(name)", "one sentence about it",
                     "z = scale sum |x - w| + b", NULL, parameters, sizeof parameters / sizeof parameters[0], 0,
                     {NULL, NULL, NULL, NULL}},
        .combine = combine, .accumulate = accumulate, .send = send,
        .weight_derivative = "dz/dw = scale sign(w - x)", .input_derivative = "dz/dx = scale sign(x - w)",
        .bias_derivative = "dz/db = 1",
    };
    NNKIT_PLUGIN("you", "Apache-2.0", "0.1", &function.function)

    /* A kind without weights, as pooling layers use it (`pool: \(name)`), says so with
         static int weight_count(const double *p, size_t fan_in, size_t *count) { *count = 0; return 0; }
       and .weight_count = weight_count. combine then makes z of x alone, send is as above, accumulate returns 0 and is not
       called; leave weight_derivative and bias_derivative out. */

    """
  }

  var neuronInSwift: String {
    """
    /// Where things lie.
    extension nnkit_rows {
      /// Weight i of neuron j.
      fileprivate func weight(_ j: Int, _ i: Int) -> Int { j * weight_row + i }
      /// What input i brings in column c.
      fileprivate func input(_ i: Int, _ c: Int) -> Int { i * input_stride + c * column_stride }
      /// Neuron j, or the message to input j, in column c.
      fileprivate func at(_ j: Int, _ c: Int) -> Int { j * row_stride + c }
    }

    typealias Numbers = UnsafePointer<Double>

    /// The slope of |d|; at its kink, where there is none, 0.
    private func slope(_ d: Double) -> Double { d > 0 ? 1 : d < 0 ? -1 : 0 }

    /// Writes z; p[0] is the value of the first parameter.
    @c func combine(
      _ p: Numbers?, _ rows: UnsafePointer<nnkit_rows>?, _ w: Numbers?, _ b: Numbers?, _ x: Numbers?,
      _ z: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let rows = rows?.pointee, let w, let b, let x, let z else { return 1 }
      for j in 0..<rows.neurons {
        for c in 0..<rows.columns {
          var sum = 0.0
          for i in 0..<rows.fan_in { sum += abs(x[rows.input(i, c)] - w[rows.weight(j, i)]) }
          z[rows.at(j, c)] = p[0] * sum + b[j]
        }
      }
      return 0
    }

    /// Adds to dw what δ says of each weight, δ ∂z/∂w, and to db what it says of the bias.
    @c func accumulate(
      _ p: Numbers?, _ rows: UnsafePointer<nnkit_rows>?, _ w: Numbers?, _ b: Numbers?, _ x: Numbers?, _ z: Numbers?,
      _ delta: Numbers?, _ dw: UnsafeMutablePointer<Double>?, _ db: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let rows = rows?.pointee, let w, let x, let delta, let dw, let db else { return 1 }
      for j in 0..<rows.neurons {
        for c in 0..<rows.columns {
          for i in 0..<rows.fan_in {
            dw[rows.weight(j, i)] += delta[rows.at(j, c)] * p[0] * slope(w[rows.weight(j, i)] - x[rows.input(i, c)])
          }
          db[j] += delta[rows.at(j, c)]
        }
      }
      return 0
    }

    /// Adds to the message to each input what δ says of it, δ ∂z/∂x.
    @c func send(
      _ p: Numbers?, _ rows: UnsafePointer<nnkit_rows>?, _ w: Numbers?, _ b: Numbers?, _ x: Numbers?, _ z: Numbers?,
      _ delta: Numbers?, _ messages: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let rows = rows?.pointee, let w, let x, let delta, let messages else { return 1 }
      for j in 0..<rows.neurons {
        for i in 0..<rows.fan_in {
          for c in 0..<rows.columns {
            messages[rows.at(i, c)] += delta[rows.at(j, c)] * p[0] * slope(x[rows.input(i, c)] - w[rows.weight(j, i)])
          }
        }
      }
      return 0
    }

    private func describe(_ function: inout nnkit_neuron) {
      function.function.formula = text("z = scale sum |x - w| + b")
      // Optional: what a configuration may set, as in {name: \(name), scale: 2}; name, summary, default, bounds.
      function.function.parameters = parameter("scale", "of the distance", 1, 0.1...10)
      function.function.parameter_count = 1
      function.combine = combine
      function.accumulate = accumulate
      function.send = send
      function.weight_derivative = text("dz/dw = scale sign(w - x)")
      function.input_derivative = text("dz/dx = scale sign(x - w)")
      function.bias_derivative = text("dz/db = 1")
      // A kind without weights, as pooling layers use it (`pool: \(name)`), sets `function.weight_count` to a function that
      // writes 0 to its count: combine then makes z of x alone, accumulate is not called, and there are no derivatives by
      // weights and bias.
    }
    """
  }
}
