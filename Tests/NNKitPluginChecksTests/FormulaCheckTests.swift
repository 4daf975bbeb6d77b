import NNKit
import NNKitPluginChecks
import Testing

/// `plugins check` evaluates the formulas that a function states, and holds its code to them.
@Suite struct FormulaCheckTests {
  /// a = z³, with formulas to be put in.
  private static func cube(_ formula: String, _ derivative: String) -> String {
    """
    #include <nnkit/plugin.h>
    static int evaluate(const double *p, const nnkit_block *b, const double *z, double *a) {
      NNKIT_EACH(b, i) a[i] = p[0] * z[i] * z[i] * z[i];
      return 0;
    }
    static int backward(const double *p, const nnkit_block *b, const double *z, const double *a, const double *received,
                        double *delta) {
      NNKIT_EACH(b, i) delta[i] = received[i] * 3 * p[0] * z[i] * z[i];
      return 0;
    }
    static const nnkit_parameter parameters[] = {{"size", "a factor", 1, -2, 2, 0, 0}};
    static const nnkit_activation cube = {
      .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "cube", "the cube", "\(formula)", NULL, parameters, 1, 0,
                   {NULL, NULL, NULL, NULL}},
      .evaluate = evaluate, .backward = backward, .derivative = \(derivative)};
    NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &cube.function)
    """
  }

  /// L = Σ (a − y)⁴, with formulas put in.
  private static func quartic(_ formula: String, _ gradient: String) -> String {
    PluginSource.quartic.replacing("L = sum (a - y)^4", with: formula)
      .replacing(".gradient = gradient}", with: ".gradient = gradient, .gradient_formula = \"\(gradient)\"}")
  }

  /// What the check finds; nil if it finds nothing.
  private func finding(_ source: String, _ name: String) throws -> String? {
    let folder = try TemporaryFolder()
    try Checkout.compile(source, to: folder.path("\(name).so"))
    let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
    do {
      #expect(try Examination(name, in: plugins).run(.formulas) > 100)
      return nil
    } catch let finding as Finding {
      return "\(finding)"
    }
  }

  @Test("all bundled functions state formulas, and their code agrees with them, whatever their parameters")
  func bundledFunctions() throws {
    let plugins = try Plugins(searching: SearchPath(environment: [:]))
    var checked = 0
    for (name, function) in plugins.functions.sorted(by: { $0.key < $1.key })
    where ![.backend, .communicator].contains(function.kind) {
      let compared = try Examination(name, in: plugins).run(.formulas)
      #expect(compared > 100, "\(name): \(compared) numbers compared")
      checked += 1
    }
    #expect(checked >= 40)
  }

  @Test("a formula that is wrong, or cannot be read, is a finding; a right one passes")
  func findings() throws {
    #expect(try finding(Self.cube("a = size z^3", "\"f'(z) = 3 size z²\""), "cube") == nil)
    #expect(try finding(Self.quartic("L = sum (a - y)^4", "dL/da_k = 4 (a_k - y)^3"), "quartic") == nil)
    for (source, name, words) in [
      (Self.cube("a = size z^3", "\"f'(z) = 2 size z²\""), "cube", ["backward(z: ", "as `f'(z) = 2 size z²` says"]),
      (Self.cube("a = z^3 size + 1e-3", "\"f'(z) = 3 size z²\""), "cube", ["evaluate(z: ", "`a = z^3 size + 1e-3`"]),
      (Self.cube("a is the cube of z", "\"f'(z) = 3 size z²\""), "cube", ["`a is the cube of z`", "`a = …`"]),
      (Self.cube("a = size z^3", "\"f'(z) = 3 z² scale\""), "cube", ["column 14", "`scale`", "size"]),
      (Self.quartic("L = sum (a - y)^4", "dL/da = 3 (a - y)^3"), "quartic", ["gradient(a: [", "dL/da = 3"]),
      (Self.quartic("L = sum (a - y)^2", "dL/da = 4 (a - y)^3"), "quartic", ["value(a: [", "L = sum (a - y)^2"]),
      (Self.kind("z = sum w x + b", "dz/dw = w"), "kind", ["accumulate", "dz/dw = w"]),
      (Self.kind("z = sum w x", "dz/dw = x"), "kind", ["combine", "z = sum w x"]),
      (Self.kind("z = sum w x + b", "dz/dw_i = x_(i+1)"), "kind", ["the index", "from 0 to"]),
    ] {
      let text = try #require(try finding(source, name), "\(words)")
      for word in words { #expect(text.contains(word), "\(text) does not say \(word)") }
    }
    #expect(try finding(Self.kind("z = sum w x + b", "dz/dw = x"), "kind") == nil)
  }

  /// A weighted sum.
  private static func kind(_ formula: String, _ derivative: String) -> String {
    """
    #include <nnkit/plugin.h>
    #define EACH for (size_t j = 0; j < r->neurons; ++j) for (size_t c = 0; c < r->columns; ++c)
    #define W w[j * r->weight_row + i]
    #define X x[i * r->input_stride + c * r->column_stride]
    static int combine(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x, double *z) {
      EACH { double s = b[j]; for (size_t i = 0; i < r->fan_in; ++i) s += W * X; z[j * r->row_stride + c] = s; }
      return 0;
    }
    static int accumulate(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x,
                          const double *z, const double *delta, double *dw, double *db) {
      EACH {
        const double d = delta[j * r->row_stride + c];
        for (size_t i = 0; i < r->fan_in; ++i) dw[j * r->weight_row + i] += d * X;
        db[j] += d;
      }
      return 0;
    }
    static int send(const double *p, const nnkit_rows *r, const double *w, const double *b, const double *x,
                    const double *z, const double *delta, double *messages) {
      EACH for (size_t i = 0; i < r->fan_in; ++i)
        messages[i * r->row_stride + c] += delta[j * r->row_stride + c] * W;
      return 0;
    }
    static const nnkit_neuron kind = {
      .function = NNKIT_FUNCTION(nnkit_neuron, NNKIT_NEURON, "kind", "a weighted sum", "\(formula)"),
      .combine = combine, .accumulate = accumulate, .send = send, .weight_derivative = "\(derivative)",
      .input_derivative = "dz/dx = w", .bias_derivative = "dz/db = 1"};
    NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &kind.function)
    """
  }

  @Test("fields of ABI 1.3 are read only where they lie within a function's size")
  func sizes() throws {
    // The size ends before the field, and in the middle of it; the field holds what is no address.
    for cut in ["offsetof(nnkit_activation, derivative)", "offsetof(nnkit_activation, derivative) + 4"] {
      let source = Self.cube("a = size z^3", "(const char *)1").replacing("{sizeof(nnkit_activation)", with: "{\(cut)")
      let folder = try TemporaryFolder()
      try Checkout.compile(source, to: folder.path("cube.so"))
      let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
      #expect(try plugins.activation("cube").function.derivative == nil)
    }
  }
}
