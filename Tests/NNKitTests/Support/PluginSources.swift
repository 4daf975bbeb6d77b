/// C sources of plugins, sound and unsound, for tests to compile.
enum PluginSource {
  /// A complete activation plugin in less than 20 lines, as the README shows one: a = z².
  static let square = """
    #include <nnkit/plugin.h>

    static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
      NNKIT_EACH(block, i) a[i] = z[i] * z[i];
      return 0;
    }

    static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                        const double *received, double *delta) {
      NNKIT_EACH(block, i) delta[i] = received[i] * 2 * z[i];
      return 0;
    }

    static const nnkit_activation square = {
        .function = NNKIT_FUNCTION(nnkit_activation, NNKIT_ACTIVATION, "square", "the square", "a = z^2"),
        .evaluate = evaluate, .backward = backward};
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &square.function)
    """

  /// A loss: L = Σ (a − y)⁴.
  static let quartic = """
    #include <nnkit/plugin.h>
    #include <math.h>

    static int value(const double *p, const nnkit_block *b, const double *a, const double *y, double *values) {
      for (size_t c = 0; c < b->columns; ++c) {
        values[c] = 0;
        for (size_t k = 0; k < b->neurons; ++k) values[c] += pow(a[k * b->row_stride + c] - y[k * b->row_stride + c], 4);
      }
      return 0;
    }

    static int gradient(const double *p, const nnkit_block *b, const double *a, const double *y, double *received) {
      NNKIT_EACH(b, i) received[i] = 4 * pow(a[i] - y[i], 3);
      return 0;
    }

    static const nnkit_loss quartic = {
        .function = NNKIT_FUNCTION(nnkit_loss, NNKIT_LOSS, "quartic", "fourth powers", "L = sum (a - y)^4"),
        .output_minimum = -INFINITY, .output_maximum = INFINITY, .target_minimum = -INFINITY,
        .target_maximum = INFINITY, .target_off = 0, .target_on = 1, .value = value, .gradient = gradient};
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &quartic.function)
    """

  /// The parts of an activation plugin, each of which a test may put something else in place of.
  struct Activation {
    var name = "\"odd\""
    var summary = "\"a summary\""
    var kind = "NNKIT_ACTIVATION"
    var size = "sizeof(struct activation)"
    var parameters: [String] = []
    var evaluate = "evaluate"
    var backward = "backward"
    var more = ""
    /// Fields after nnkit_activation's own, as a later version may have them.
    var future = ""
    var value = "z[i]"
    var slope = "1"
    var code = "0"
    var entry: String?

    var source: String {
      let list =
        parameters.isEmpty ? "" : "static const nnkit_parameter list[] = {\(parameters.joined(separator: ", "))};"
      return """
        #include <nnkit/plugin.h>
        #include <math.h>
        struct activation { nnkit_activation now; \(future) };
        static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
          NNKIT_EACH(block, i) a[i] = \(value);
          return \(code);
        }
        static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                            const double *received, double *delta) {
          NNKIT_EACH(block, i) delta[i] = received[i] * (\(slope));
          return 0;
        }
        \(list)
        static const struct activation odd = {.now = {
            .function = {\(size), \(kind), \(name), \(summary), "a = f(z)", NULL,
                         \(parameters.isEmpty ? "NULL" : "list"), \(parameters.count), 0, {NULL, NULL, NULL, NULL}},
            .evaluate = \(evaluate), .backward = \(backward), \(more)}};
        \(entry ?? "NNKIT_PLUGIN(\"A Tester\", \"CC0-1.0\", \"0.1\", &odd.now.function)")
        """
    }
  }

  /// An entry that returns what `body` says.
  static func entry(_ body: String) -> String {
    "NNKIT_EXPORT const nnkit_plugin *nnkit_plugin_entry(uint32_t host_abi_major) { \(body) }"
  }
}
