import Testing

extension BadPlugin {
  /// A kind of neuron z = Σ w·x + b whose parts may be replaced: what is written as z, from `sum`; what one column adds to
  /// a weight's gradient and one neuron to a message (`d` is δ, `xi` the input, `wi` the weight).
  static func neuron(
    _ name: String, _ check: String, status: String = "failed", z: String = "sum", dw: String = "d * xi",
    dx: String = "d * wi", combine: String = "", accumulate: String = "", send: String = "", more: String = "",
    functions: String = "", parameters: String = "NULL, 0"
  ) -> BadPlugin {
    BadPlugin(
      name: name, check: check, status: status,
      source: """
        #include <nnkit/plugin.h>
        #include <math.h>
        #include <stdlib.h>
        #include <unistd.h>
        \(functions)
        #define BODY(T, NAME) \\
        static int combine##NAME(const double *p, const nnkit_rows *r, const T *w, const T *b, const T *x, T *z) { \\
          for (size_t j = 0; j < r->neurons; ++j) for (size_t c = 0; c < r->columns; ++c) { \\
            T sum = b[j]; \\
            for (size_t i = 0; i < r->fan_in; ++i) \\
              sum += w[j * r->weight_row + i] * x[i * r->input_stride + c * r->column_stride]; \\
            z[j * r->row_stride + c] = Z##NAME; \\
          } \\
          COMBINE return 0; } \\
        static int accumulate##NAME(const double *p, const nnkit_rows *r, const T *w, const T *b, const T *x, const T *z, \\
                                    const T *delta, T *dw, T *db) { \\
          ACCUMULATE \\
          for (size_t j = 0; j < r->neurons; ++j) for (size_t c = 0; c < r->columns; ++c) { \\
            T d = delta[j * r->row_stride + c]; \\
            for (size_t i = 0; i < r->fan_in; ++i) { \\
              T xi = x[i * r->input_stride + c * r->column_stride], wi = w[j * r->weight_row + i]; \\
              dw[j * r->weight_row + i] += DW; (void)wi; \\
            } \\
            db[j] += d; \\
          } \\
          return 0; } \\
        static int send##NAME(const double *p, const nnkit_rows *r, const T *w, const T *b, const T *x, const T *z, \\
                              const T *delta, T *messages) { \\
          SEND \\
          for (size_t j = 0; j < r->neurons; ++j) for (size_t c = 0; c < r->columns; ++c) { \\
            T d = delta[j * r->row_stride + c]; \\
            for (size_t i = 0; i < r->fan_in; ++i) { \\
              T xi = x[i * r->input_stride + c * r->column_stride], wi = w[j * r->weight_row + i]; \\
              messages[i * r->row_stride + c] += DX; (void)xi; \\
            } \\
          } \\
          return 0; }
        #define Z \(z)
        #define Z_float sum * 1.01f
        #define DW \(dw)
        #define DX \(dx)
        #define COMBINE \(combine)
        #define ACCUMULATE \(accumulate)
        #define SEND \(send)
        BODY(double, )
        BODY(float, _float)
        static const nnkit_neuron bad = {
          .function = {sizeof(nnkit_neuron), NNKIT_NEURON, "bad", "bad", "z", NULL, \(parameters), 0,
                       {NULL, NULL, NULL, NULL}},
          .combine = combine, .accumulate = accumulate, .send = send, \(more) };
        NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
        """)
  }

  static let neurons: [BadPlugin] = [
    neuron("wrong message", "slopes", dx: "d * wi * 1.001"),
    neuron("wrong weight gradient", "slopes", dw: "-d * xi"),
    neuron("bias forgotten", "slopes", accumulate: "if (r) return 0;"),
    neuron(
      "overwrites its gradients", "addition",
      accumulate: """
        for (size_t j = 0; j < r->neurons; ++j) for (size_t i = 0; i < r->fan_in; ++i) dw[j * r->weight_row + i] = 0; \\
        for (size_t j = 0; j < r->neurons; ++j) db[j] = 0;
        """),
    neuron(
      "overwrites the messages", "addition",
      send: """
        for (size_t i = 0; i < r->fan_in; ++i) for (size_t c = 0; c < r->columns; ++c) messages[i * r->row_stride + c] = 0;
        """),
    neuron("adds to z", "addition", z: "z[j * r->row_stride + c] * 0 + sum"),
    neuron("writes behind z", "values", status: "crashed", combine: "if (r->neurons == 3) z[3 * r->row_stride] = 0;"),
    neuron("writes before the messages", "bounds", status: "crashed", send: "messages[-1] = 0;"),
    neuron(
      "writes between rows", "bounds",
      accumulate: "if (r->weight_row > r->weight_count && r->neurons > 1) dw[r->weight_count] = 1;"),
    neuron("writes its input", "inputs", combine: "if (r->columns == 5) ((double *)w)[0] = 0;"),
    neuron(
      "state between calls", "repetition", z: "sum + (r->columns == 16 ? 1e-14 * calls++ : 0)",
      functions: "static int calls;"),
    neuron(
      "shared scratch memory", "threads",
      combine: """
        if (r->columns == 70) { \\
          for (size_t c = 0; c < 70; ++c) scratch[c] = z[c]; \\
          usleep(100); \\
          for (size_t c = 0; c < 70; ++c) z[c] = scratch[c]; \\
        }
        """, functions: "static double scratch[70];"),
    neuron(
      "wrong in float", "float",
      more: ".combine_float = combine_float, .accumulate_float = accumulate_float, .send_float = send_float,"),
    neuron("neighbours mixed", "blocks", combine: "if (r->neurons == 4 && r->columns == 16) z[0] = z[1];"),
    neuron("NaN for nothing heard", "values", z: "sum / (sum - b[j]) * (sum - b[j])"),
    neuron("error code", "values", combine: "return 7;"),
    neuron(
      "crash on NaN", "non_finite", status: "crashed",
      combine: "if (r->neurons && r->columns && x[0] != x[0]) abort();"),
    neuron(
      "no weights for few inputs", "descriptor", more: ".weight_count = none,",
      functions:
        "static int none(const double *p, size_t fan_in, size_t *count) { *count = fan_in > 5 ? fan_in : 0; return 0; }"
    ),
    neuron(
      "wrong at a parameter's bound", "parameters", z: "sum * p[0]", dw: "d * xi * (p[0] == 4 ? 3 : p[0])",
      dx: "d * wi * p[0]",
      accumulate: "for (size_t k = 0; k < r->neurons; ++k) for (size_t c = 0; c < r->columns; ++c) \\\n"
        + "db[k] += (p[0] - 1) * delta[k * r->row_stride + c];",
      functions: "static const nnkit_parameter list[] = {{\"slope\", NULL, 1, 0.5, 4, 0, 0}};", parameters: "list, 1"),
  ]
}

@Suite("nnkit plugins check of kinds of neurons")
struct NeuronCheckTests {
  @Test("bench measures the three calls of a kind in both precisions")
  func bench() throws {
    let lines = try Command("plugins", "bench", "product").output.split(separator: "\n").map(String.init)
    #expect(lines.count == 2 + 6, "\(lines)")
    for line in lines.dropFirst(2) {
      let numbers = line.split(separator: " ").suffix(3).compactMap { Double($0) }
      #expect(numbers.count == 3 && numbers.allSatisfy { $0 > 0 && $0 < 10_000 }, "\(line)")
    }
  }
}
