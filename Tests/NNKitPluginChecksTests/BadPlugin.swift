import Testing

/// A plugin that breaks one promise, and the check that must find it; or one that breaks none.
struct BadPlugin: CustomTestStringConvertible, Sendable {
  let name: String
  let check: String
  var status = "failed"
  var source: String
  var testDescription: String { check.isEmpty ? name : "\(name) is found by \(check)" }

  /// An activation a = z whose parts may be replaced.
  static func activation(
    _ name: String, _ check: String, status: String = "failed", evaluate: String = "NNKIT_EACH(b, i) a[i] = z[i];",
    backward: String = "NNKIT_EACH(b, i) delta[i] = received[i];", more: String = "", functions: String = "",
    parameters: String = "NULL, 0", flags: String = "0"
  ) -> BadPlugin {
    BadPlugin(
      name: name, check: check, status: status,
      source: """
        #include <nnkit/plugin.h>
        #include <math.h>
        #include <stdlib.h>
        #include <unistd.h>
        \(functions)
        static int evaluate(const double *p, const nnkit_block *b, const double *z, double *a) { \(evaluate) return 0; }
        static int backward(const double *p, const nnkit_block *b, const double *z, const double *a,
                            const double *received, double *delta) { \(backward) return 0; }
        static const nnkit_activation bad = {
          .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "bad", "bad", "a = z", NULL, \(parameters), \(flags),
                       {NULL, NULL, NULL, NULL}},
          .evaluate = evaluate, .backward = backward, \(more) };
        NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
        """)
  }

  /// A loss L = Σ (a − y)² / 2 whose parts may be replaced.
  static func loss(
    _ name: String, _ check: String, status: String = "failed", value: String = "(a[i] - y[i]) * (a[i] - y[i]) / 2",
    gradient: String = "a[i] - y[i]", wholeValue: String? = nil, wholeGradient: String? = nil,
    flags: String = "NNKIT_NON_NEGATIVE", outputs: String = "-INFINITY, INFINITY",
    targets: String = "-INFINITY, INFINITY", more: String = "", functions: String = ""
  ) -> BadPlugin {
    let terms = """
      for (size_t c = 0; c < b->columns; ++c) {
        values[c] = 0;
        for (size_t k = 0; k < b->neurons; ++k) { size_t i = k * b->row_stride + c; values[c] += \(value); }
      }
      """
    return BadPlugin(
      name: name, check: check, status: status,
      source: """
        #include <nnkit/plugin.h>
        #include <math.h>
        #define RANGE(low, high) low, .output_maximum = high
        #define TARGETS(low, high) low, .target_maximum = high
        static int value(const double *p, const nnkit_block *b, const double *a, const double *y, double *values) {
          \(wholeValue ?? terms)
          return 0;
        }
        static int gradient(const double *p, const nnkit_block *b, const double *a, const double *y, double *received) {
          \(wholeGradient ?? "NNKIT_EACH(b, i) received[i] = \(gradient);")
          return 0;
        }
        \(functions)
        static const nnkit_loss bad = {
          .function = {sizeof(nnkit_loss), NNKIT_LOSS, "bad", "bad", "L", NULL, NULL, 0, \(flags), {NULL, NULL, NULL, NULL}},
          .output_minimum = RANGE(\(outputs)), .target_minimum = TARGETS(\(targets)), .target_off = 0, .target_on = 1, .value = value, .gradient = gradient, \(more) };
        NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
        """)
  }

  /// A matrix backend in double precision; `x` is an element of A · B.
  static func backend(_ name: String, _ check: String, element: String, more: String = "") -> BadPlugin {
    BadPlugin(
      name: name, check: check,
      source: """
        #include <nnkit/plugin.h>
        static int start(char *text, size_t size) { return 0; }
        static int product(size_t m, size_t n, size_t k, double alpha, const double *a, size_t a_row, size_t a_column,
                           const double *b, size_t b_row, size_t b_column, double beta, double *c, size_t c_row) {
          for (size_t i = 0; i < m; ++i)
            for (size_t j = 0; j < n; ++j) {
              double x = 0, *place = c + i * c_row + j;
              for (size_t p = 0; p < k; ++p) x += a[i * a_row + p * a_column] * b[p * b_row + j * b_column];
              *place = \(element);
              \(more)
            }
          return 0;
        }
        static const nnkit_backend bad = {
          .function = NNKIT_FUNCTION(nnkit_backend, NNKIT_BACKEND, "bad", "bad", "C = alpha A B + beta C"),
          .start = start, .product = product};
        NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
        """)
  }

  /// An elementwise activation by its formula and its slope's, where x is z and y is a.
  static func formula(
    _ name: String, _ check: String, value: String, slope: String, kinks: [Double] = []
  ) -> BadPlugin {
    activation(
      name, check, evaluate: "NNKIT_EACH(b, i) { const double x = z[i]; a[i] = \(value); }",
      backward: """
        NNKIT_EACH(b, i) { const double x = z[i], y = a[i]; (void)x, (void)y; delta[i] = received[i] * (\(slope)); }
        """,
      more: kinks.isEmpty ? "" : ".describe = describe,",
      functions: kinks.isEmpty
        ? ""
        : """
        static int describe(const double *p, nnkit_shape *s) {
          const double list[] = {\(kinks.map { "\($0)" }.joined(separator: ", "))};
          s->kink_count = \(kinks.count);
          for (int k = 0; k < \(kinks.count); ++k) s->kinks[k] = list[k];
          return 0;
        }
        """)
  }

  /// A kind of neuron by what `z` returns of w, bias and the n inputs x, and what `slopes` writes to dw, dx and *db.
  static func kind(
    _ name: String, _ check: String, status: String = "failed",
    z: String = "double z = bias; for (size_t i = 0; i < n; ++i) z += w[i] * x[i]; return z;",
    slopes: String = "for (size_t i = 0; i < n; ++i) { dw[i] = x[i]; dx[i] = w[i]; }", count: String = "n",
    functions: String = ""
  ) -> BadPlugin {
    let each = "for (size_t j = 0; j < r->neurons; ++j) for (size_t c = 0; c < r->columns; ++c)"
    return BadPlugin(
      name: name, check: check, status: status,
      source: """
        #include <nnkit/plugin.h>
        #include <math.h>
        #include <stdlib.h>
        \(functions)
        static double combined(const double *w, double bias, const double *x, size_t n) { \(z) }
        static void slopes(const double *w, double bias, const double *x, size_t n, double *dw, double *dx, double *db) {
          *db = 1;
          \(slopes)
        }
        static void hear(const nnkit_rows *r, const double *x, size_t c, double *to) {
          for (size_t i = 0; i < r->fan_in; ++i) to[i] = x[i * r->input_stride + c * r->column_stride];
        }
        static int combine(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x,
                           double *z) {
          double *heard = malloc(sizeof(double) * r->fan_in);
          \(each) {
            hear(r, x, c, heard);
            z[j * r->row_stride + c] = combined(w + j * r->weight_row, b[j], heard, r->fan_in);
          }
          free(heard);
          return 0;
        }
        static int accumulate(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x,
                              const double *z, const double *delta, double *dw, double *db) {
          double *heard = malloc(sizeof(double) * (2 * r->fan_in + r->weight_count));
          double *dxs = heard + r->fan_in, *dws = dxs + r->fan_in;
          \(each) {
            double one, d = delta[j * r->row_stride + c];
            hear(r, x, c, heard);
            slopes(w + j * r->weight_row, b[j], heard, r->fan_in, dws, dxs, &one);
            for (size_t k = 0; k < r->weight_count; ++k) dw[j * r->weight_row + k] += d * dws[k];
            db[j] += d * one;
          }
          free(heard);
          return 0;
        }
        static int send(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x,
                        const double *z, const double *delta, double *messages) {
          double *heard = malloc(sizeof(double) * (2 * r->fan_in + r->weight_count));
          double *dxs = heard + r->fan_in, *dws = dxs + r->fan_in;
          \(each) {
            double one, d = delta[j * r->row_stride + c];
            hear(r, x, c, heard);
            slopes(w + j * r->weight_row, b[j], heard, r->fan_in, dws, dxs, &one);
            for (size_t i = 0; i < r->fan_in; ++i) messages[i * r->row_stride + c] += d * dxs[i];
          }
          free(heard);
          return 0;
        }
        static int count(const double *p, size_t n, size_t *count) { *count = \(count); return 0; }
        static const nnkit_neuron bad = {
          .function = NNKIT_FUNCTION(nnkit_neuron, NNKIT_NEURON, "bad", "bad", "z"), .weight_count = count,
          .combine = combine, .accumulate = accumulate, .send = send};
        NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &bad.function)
        """)
  }
}
