/// The files of a new plugin, with an example's formula in the places to be changed.
struct PluginTemplate {
  let name: String
  let kind: PluginsCommand.New.Kind
  let language: PluginsCommand.New.Language

  var source: String {
    switch (kind, language) {
    case (.activation, .c): activationInC
    case (.loss, .c): lossInC
    case (.neuron, .c): neuronInC
    case (.activation, .swift): swift(activationInSwift, kind: "activation")
    case (.loss, .swift): swift(lossInSwift, kind: "loss")
    case (.neuron, .swift): swift(neuronInSwift, kind: "neuron")
    }
  }

  var configuration: String {
    """
    # nnkit run \(name).yaml --plugin-path .
    seed: 1
    data: {train: {generator: {name: \(kind == .loss ? "sine" : "moons"), samples: 200, noise: 0.1}}, validation: 0.2}
    network:
      layers:
        - {neurons: 10, \(kind == .neuron ? "neuron: \(name), " : "")activation: \(kind == .activation ? name : "tanh")}
        - {neurons: 1, activation: \(kind == .loss ? "identity" : "sigmoid")}
    loss: \(kind == .loss ? name : "binary_cross_entropy")
    training: {epochs: 50, batch: 10, optimizer: {name: adam, learning_rate: 0.01}}

    """
  }

  func readme(compiler: String) -> String {
    """
    # \(name)

    A plugin for nnkit: \(subject). Replace the formula in
    \(name).\(language.rawValue), in all its places: in code, and in the texts that state it and its
    derivatives. `plugins check` compares the two, `explain` shows the texts with the numbers put in.

        \(compiler)
        nnkit plugins check ./\(name).so
        nnkit run \(name).yaml --plugin-path .

    To have it in every run, copy \(name).so to ~/.local/share/nnkit/plugins.

    """
  }

  private var subject: String {
    switch kind {
    case .activation: "an activation function"
    case .loss: "a loss function"
    case .neuron: "a kind of neuron"
    }
  }

  private var activationInC: String {
    """
    #include <nnkit/plugin.h>
    #include <math.h>

    /* a = f(z); p[0] is the value of the first parameter */
    static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
      NNKIT_EACH(block, i) a[i] = z[i] < 0 ? p[0] * z[i] : z[i] / sqrt(1 + z[i] * z[i]);
      return 0;
    }

    /* delta = received * f'(z); a is there too */
    static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                        const double *received, double *delta) {
      NNKIT_EACH(block, i) {
        double s = 1 / sqrt(1 + z[i] * z[i]);
        delta[i] = received[i] * (z[i] < 0 ? p[0] : s * s * s);
      }
      return 0;
    }

    /* Optional: the range of a, and the kinks of f, where f' does not exist or f jumps. */
    static int describe(const double *p, nnkit_shape *shape) {
      shape->minimum = p[0] > 0 ? -INFINITY : 0;
      shape->maximum = 1;
      shape->kink_count = 1;
      shape->kinks[0] = 0;
      return 0;
    }

    /* Optional: what a configuration may set, as in {name: \(name), slope: 0.5}; name, summary, default, bounds. */
    static const nnkit_parameter parameters[] = {{"slope", "for z < 0", 0.1, 0, 10, 0, 0}};

    static const nnkit_activation function = {
        .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "\(name)", "one sentence about it",
                     "a = if(z >= 0, z / sqrt(1 + z^2), slope z)", NULL, parameters,
                     sizeof parameters / sizeof parameters[0], 0, {NULL, NULL, NULL, NULL}},
        .describe = describe, .evaluate = evaluate, .backward = backward,
        .derivative = "f'(z) = if(z >= 0, 1 / sqrt(1 + z^2)^3, slope)",
    };
    NNKIT_PLUGIN("you", "Apache-2.0", "0.1", &function.function)

    """
  }

  private var lossInC: String {
    """
    #include <nnkit/plugin.h>
    #include <math.h>

    /* values[c] = L of column c, a sample; p[0] is the value of the first parameter */
    static int value(const double *p, const nnkit_block *block, const double *a, const double *y, double *values) {
      for (size_t c = 0; c < block->columns; ++c) {
        values[c] = 0;
        for (size_t k = 0; k < block->neurons; ++k) {
          double e = a[k * block->row_stride + c] - y[k * block->row_stride + c];
          values[c] += e < 0 ? -p[0] * e : (1 - p[0]) * e;
        }
      }
      return 0;
    }

    /* received = dL/da; at a kink, here a = y, any slope from the left one to the right */
    static int gradient(const double *p, const nnkit_block *block, const double *a, const double *y, double *received) {
      NNKIT_EACH(block, i) received[i] = a[i] < y[i] ? -p[0] : 1 - p[0];
      return 0;
    }

    /* Optional: what a configuration may set, as in {name: \(name), quantile: 0.9}; name, summary, default, bounds. */
    static const nnkit_parameter parameters[] = {{"quantile", "the share of targets below a", 0.5, 0, 1, 0, 0}};

    static const nnkit_loss function = {
        .function = {sizeof(nnkit_loss), NNKIT_LOSS, "\(name)", "one sentence about it",
                     "L = sum if(a < y, quantile (y - a), (1 - quantile) (a - y))", NULL, parameters,
                     sizeof parameters / sizeof parameters[0], NNKIT_NON_NEGATIVE, {NULL, NULL, NULL, NULL}},
        .output_minimum = -INFINITY, .output_maximum = INFINITY, .target_minimum = -INFINITY,
        .target_maximum = INFINITY, .target_off = 0, .target_on = 1, .value = value, .gradient = gradient,
        .gradient_formula = "dL/da = if(a < y, -quantile, 1 - quantile)",
    };
    NNKIT_PLUGIN("you", "Apache-2.0", "0.1", &function.function)

    """
  }

  private var activationInSwift: String {
    """
    /// a = f(z); p[0] is the value of the first parameter.
    @c func evaluate(
      _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Double>?,
      _ a: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let block, let z, let a else { return 1 }
      forEachElement(of: block) { i in a[i] = z[i] < 0 ? p[0] * z[i] : z[i] / (1 + z[i] * z[i]).squareRoot() }
      return 0
    }

    /// δ = received · f′(z); a is there too.
    @c func backward(
      _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ z: UnsafePointer<Double>?,
      _ a: UnsafePointer<Double>?, _ received: UnsafePointer<Double>?, _ delta: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let block, let z, let received, let delta else { return 1 }
      forEachElement(of: block) { i in
        let s = 1 / (1 + z[i] * z[i]).squareRoot()
        delta[i] = received[i] * (z[i] < 0 ? p[0] : s * s * s)
      }
      return 0
    }

    /// Optional: the range of a, and the kinks of f, where f′ does not exist or f jumps.
    @c func shape(_ p: UnsafePointer<Double>?, _ shape: UnsafeMutablePointer<nnkit_shape>?) -> Int32 {
      guard let p, let shape else { return 1 }
      shape.pointee.minimum = p[0] > 0 ? -.infinity : 0
      shape.pointee.maximum = 1
      shape.pointee.kink_count = 1
      shape.pointee.kinks.0 = 0
      return 0
    }

    private func describe(_ function: inout nnkit_activation) {
      function.function.formula = text("a = if(z >= 0, z / sqrt(1 + z^2), slope z)")
      // Optional: what a configuration may set, as in {name: \(name), slope: 0.5}; name, summary, default, bounds.
      function.function.parameters = parameter("slope", "for z < 0", 0.1, 0...10)
      function.function.parameter_count = 1
      function.describe = shape
      function.evaluate = evaluate
      function.backward = backward
      function.derivative = text("f'(z) = if(z >= 0, 1 / sqrt(1 + z^2)^3, slope)")
    }
    """
  }

  private var lossInSwift: String {
    """
    /// values[c] = L of column c, a sample; p[0] is the value of the first parameter.
    @c func value(
      _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ a: UnsafePointer<Double>?,
      _ y: UnsafePointer<Double>?, _ values: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let block, let a, let y, let values else { return 1 }
      for c in 0..<block.pointee.columns {
        values[c] = 0
        for k in 0..<block.pointee.neurons {
          let e = a[k * block.pointee.row_stride + c] - y[k * block.pointee.row_stride + c]
          values[c] += e < 0 ? -p[0] * e : (1 - p[0]) * e
        }
      }
      return 0
    }

    /// received = ∂L/∂a; at a kink, here a = y, any slope from the left one to the right.
    @c func gradient(
      _ p: UnsafePointer<Double>?, _ block: UnsafePointer<nnkit_block>?, _ a: UnsafePointer<Double>?,
      _ y: UnsafePointer<Double>?, _ received: UnsafeMutablePointer<Double>?
    ) -> Int32 {
      guard let p, let block, let a, let y, let received else { return 1 }
      forEachElement(of: block) { i in received[i] = a[i] < y[i] ? -p[0] : 1 - p[0] }
      return 0
    }

    private func describe(_ function: inout nnkit_loss) {
      function.function.formula = text("L = sum if(a < y, quantile (y - a), (1 - quantile) (a - y))")
      // Optional: what a configuration may set, as in {name: \(name), quantile: 0.9}; name, summary, default, bounds.
      function.function.parameters = parameter("quantile", "the share of targets below a", 0.5, 0...1)
      function.function.parameter_count = 1
      function.function.flags = UInt32(NNKIT_NON_NEGATIVE)
      (function.output_minimum, function.output_maximum) = (-.infinity, .infinity)
      (function.target_minimum, function.target_maximum) = (-.infinity, .infinity)
      (function.target_off, function.target_on) = (0, 1)
      function.value = value
      function.gradient = gradient
      function.gradient_formula = text("dL/da = if(a < y, -quantile, 1 - quantile)")
    }
    """
  }

  /// What every plugin in Swift needs around its functions: static data as the ABI asks for them.
  private func swift(_ functions: String, kind: String) -> String {
    """
    // The ABI asks for C functions and static data: `@c` functions, and memory that is never freed, are that.

    \(functions)

    private func forEachElement(of block: UnsafePointer<nnkit_block>, _ body: (Int) -> Void) {
      for run in 0..<nnkit_row_count(block) {
        let start = run * block.pointee.row_stride
        for i in start..<start + nnkit_row_length(block) { body(i) }
      }
    }

    /// A C string that lasts as long as the process.
    private func text(_ string: StaticString) -> UnsafePointer<CChar> {
      UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// The one parameter of a function.
    private func parameter(
      _ name: StaticString, _ summary: StaticString, _ value: Double, _ range: ClosedRange<Double>
    ) -> UnsafePointer<nnkit_parameter> {
      let parameter = UnsafeMutablePointer<nnkit_parameter>.allocate(capacity: 1)
      parameter.initialize(
        to: nnkit_parameter(
          name: text(name), summary: text(summary), default_value: value, minimum: range.lowerBound,
          maximum: range.upperBound, flags: 0, reserved: 0))
      return UnsafePointer(parameter)
    }

    private nonisolated(unsafe) let description: UnsafePointer<nnkit_plugin> = {
      let function = UnsafeMutablePointer<nnkit_\(kind)>.allocate(capacity: 1)
      function.initialize(to: nnkit_\(kind)())
      function.pointee.function.struct_size = UInt32(MemoryLayout<nnkit_\(kind)>.size)
      function.pointee.function.kind = UInt32(NNKIT_\(kind.uppercased()))
      function.pointee.function.name = text("\(name)")
      function.pointee.function.summary = text("one sentence about it")
      describe(&function.pointee)
      let functions = UnsafeMutablePointer<UnsafePointer<nnkit_function>?>.allocate(capacity: 1)
      functions.initialize(to: UnsafeRawPointer(function).assumingMemoryBound(to: nnkit_function.self))
      let plugin = UnsafeMutablePointer<nnkit_plugin>.allocate(capacity: 1)
      plugin.initialize(
        to: nnkit_plugin(
          struct_size: UInt32(MemoryLayout<nnkit_plugin>.size), abi_major: NNKIT_ABI_MAJOR,
          abi_minor: NNKIT_ABI_MINOR, function_count: 1, author: text("you"), license: text("Apache-2.0"),
          version: text("0.1"), functions: UnsafePointer(functions)))
      return UnsafePointer(plugin)
    }()

    @c(nnkit_plugin_entry)
    public func entry(_ hostMajor: UInt32) -> UnsafePointer<nnkit_plugin>? {
      hostMajor == NNKIT_ABI_MAJOR ? description : nil
    }

    """
  }
}
