import Foundation
import NNKit
import Testing

/// Saved models with kinds of neurons, and kinds that fail.
@Suite struct NeuronKindModelTests {
  private let folder = Result { try TemporaryFolder() }

  private func network(_ kinds: [String?], inputs: Int = 3) throws -> Network<Float> {
    let tanh = try bundled().activation("tanh")
    let neurons = try kinds.map { kind in
      try kind.map { try PluginNeuron<Float>(inputs: inputs, activation: tanh, kind: bundled().neuron($0)) }
        ?? Neuron<Float>(inputs: inputs, activation: tanh)
    }
    return try Network(layers: [Layer(neurons), Layer(neurons: 1, inputs: kinds.count, activation: tanh)], seed: 4)
  }

  @Test(
    "a saved network of kinds is loaded with the same answers",
    arguments: [
      ["product", "product"], ["radial_basis", nil, "quadratic"], [nil, "weighted_sum", "cosine"], ["quadratic"],
    ])
  func roundTrip(_ kinds: [String?]) throws {
    let (file, network) = (try folder.get().file("m.safetensors"), try network(kinds))
    try network.write(to: file)
    let loaded = try Network<Float>(contentsOf: file, plugins: bundled())
    #expect(loaded.layers[0].neurons.map { ($0 as? PluginNeuron)?.kind.name } == kinds)
    #expect(parameters(of: loaded) == parameters(of: network))
    #expect(try loaded.outputs(for: [[0.3, -0.7, 2]]) == network.outputs(for: [[0.3, -0.7, 2]]))
  }

  /// The model's bytes with its description changed, without a checksum as the first version had none.
  private func changed(_ network: Network<Float>, _ pairs: (String, String)...) throws -> URL {
    let url = try folder.get().file("changed-\(UUID().uuidString)")
    try Data(Model(network).encoded()).write(to: url)
    let checksum = try #require(Safetensors(contentsOf: url.path).metadata["sha256"])
    let bytes = try Array(Data(contentsOf: url))
    let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    for (old, new) in [(#","sha256":"\#(checksum)""#, ""), (#"\"version\":2"#, #"\"version\":1"#)] + pairs {
      try #require(header.contains(old), "the header has no \(old): \(header)")
      header = header.replacingOccurrences(of: old, with: new)
    }
    let text = Array(header.utf8)
    let size = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    try Data(size + text + bytes[(8 + length)...]).write(to: url)
    return url
  }

  @Test("a description whose kinds do not fit its numbers is an error, before memory is made")
  func damaged() throws {
    let mixed = try network(["product", nil, "quadratic"])
    let one = try network(["product", "product"])
    _ = try Network<Float>(contentsOf: changed(one), plugins: bundled())
    let cases: [(URL, String)] = [
      (try changed(one, (#"[{\"name\":\"product\"}]"#, #"[{\"name\":\"quadratic\"}]"#)), "layer 0"),
      (try changed(one, (#"[{\"name\":\"product\"}]"#, #"[{\"name\":\"produkt\"}]"#)), "`product`"),
      (try changed(one, (#"[{\"name\":\"product\"}]"#, #"[{\"name\":\"tanh\"}]"#)), "activation function"),
      (try changed(one, (#"[{\"name\":\"product\"}]"#, #"[]"#)), "layer 0"),
      (try changed(one, (#"[{\"name\":\"product\"}]"#, #"[null]"#)), "neuron 0 of layer 0 has no kind"),
      (try changed(mixed, (#"{\"name\":\"product\"},null"#, #"null,{\"name\":\"product\"}"#)), "has no kind"),
      (try changed(mixed, (#",{\"name\":\"quadratic\"}"#, #""#)), "layer 0"),
      (try changed(mixed, (#"{\"name\":\"quadratic\"}"#, #"{\"name\":\"product\"}"#)), "layer 0"),
      (try changed(one, (#"\"inputs\":3"#, #"\"inputs\":4000000000"#)), "layer 0"),
      (try changed(one, (#"\"kinds\":"#, #"\"kind\":"#)), "PluginNeuron"),
    ]
    for (url, words) in cases {
      #expect {
        _ = try Network<Float>(contentsOf: url, plugins: bundled())
      } throws: { error in
        if !"\(error)".contains(words) { Issue.record("`\(error)` does not say `\(words)`") }
        return true
      }
    }
  }

  // MARK: Kinds of one's own

  /// A kind z = Σ w·x, whose parts a test may put something else in place of.
  static func source(
    name: String = "mine", combine: String = "", code: String = "0", count: String = "NULL", more: String = ""
  ) -> String {
    """
    #include <nnkit/plugin.h>
    static int none(const double *p, size_t fan_in, size_t *count) { *count = (size_t)1 << 40; return 0; }
    static int refuse(const double *p, size_t fan_in, size_t *count) { return 9; }
    static int combine(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                       double *z) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t c = 0; c < rows->columns; ++c) {
          double sum = b[j];
          for (size_t i = 0; i < rows->fan_in; ++i)
            sum += w[j * rows->weight_row + i] * x[i * rows->input_stride + c * rows->column_stride];
          z[j * rows->row_stride + c] = sum;
        }
      \(combine)
      return \(code);
    }
    static int accumulate(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                          const double *z, const double *delta, double *dw, double *db) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t c = 0; c < rows->columns; ++c) {
          double d = delta[j * rows->row_stride + c];
          for (size_t i = 0; i < rows->fan_in; ++i)
            dw[j * rows->weight_row + i] += d * x[i * rows->input_stride + c * rows->column_stride];
          db[j] += d;
        }
      return 0;
    }
    static int send(const double *p, const nnkit_rows *rows, const double *w, const double *b, const double *x,
                    const double *z, const double *delta, double *messages) {
      for (size_t j = 0; j < rows->neurons; ++j)
        for (size_t i = 0; i < rows->fan_in; ++i)
          for (size_t c = 0; c < rows->columns; ++c)
            messages[i * rows->row_stride + c] += delta[j * rows->row_stride + c] * w[j * rows->weight_row + i];
      return 0;
    }
    static const nnkit_neuron mine = {
        .function = NNKIT_FUNCTION(nnkit_neuron, NNKIT_NEURON, "\(name)", "a weighted sum", "z = sum w x + b"),
        .weight_count = \(count), .combine = combine, .accumulate = accumulate, .send = send, \(more)};
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &mine.function)
    """
  }

  private func plugins(_ source: String) throws -> Plugins {
    try CCompiler.compile(source, to: folder.get().file("mine.so"))
    return try Plugins(searching: SearchPath([folder.get().path], environment: [:]))
  }

  @Test("a kind in double alone is run in single precision too, and learns")
  func converted() throws {
    let kind = try plugins(Self.source()).neuron("mine")
    let tanh = try bundled().activation("tanh")
    let own = try Network<Float>(
      layers: [Layer((0..<4).map { _ in try PluginNeuron(inputs: 3, activation: tanh, kind: kind) })], seed: 1)
    let plain: Network<Float> = try Network(layers: [Layer(neurons: 4, inputs: 3, activation: tanh)], seed: 1)
    var random = RandomSource(seed: 2)
    let samples = try Samples<Float>(inputs: random.table(6, 3), targets: random.table(6, 4))
    for network in [own, plain] {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 20, batch: 3, optimizer: .sgd(learningRate: 0.1, momentum: 0.5)))
    }
    #expect(difference(parameters(of: own), parameters(of: plain)) < 1e-5)
  }

  @Test("a number other than 0 stops the run and names kind, plugin, layer and batch", arguments: Engine.allCases)
  func failure(_ engine: Engine) throws {
    let kind = try plugins(Self.source(code: "rows->columns > 0 && x[0] > 100 ? 7 : 0")).neuron("mine")
    let identity = try bundled().activation("identity")
    let network = try Network<Double>(keepingWeightsOf: [
      layer([[1]], identity), Layer([PluginNeuron(inputs: 1, activation: identity, kind: kind)]),
    ])
    network.engine = engine
    let samples = try Samples<Double>(inputs: [[0], [1], [500], [0]], targets: [[0], [1], [500], [0]])
    let error = #expect(throws: FunctionFailure.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 1, batch: 1, shuffle: false, optimizer: .sgd()))
    }
    #expect(error?.function == "mine" && error?.layer == 1 && error?.batch == 2 && error?.code == 7)
    #expect(error?.call == "combine")
  }

  @Test("an impossible count of weights is an error, and so is a description with a part missing")
  func impossible() throws {
    let identity = try bundled().activation("identity")
    let none = try plugins(Self.source(count: "none")).neuron("mine")
    #expect(throws: NetworkError.self) { try PluginNeuron<Float>(inputs: 2, activation: identity, kind: none) }
    for (more, words) in [(".send = NULL", "`send`"), (".combine_float = (void *)combine", "all or none")] {
      let file = try TemporaryFolder()
      try CCompiler.compile(
        Self.source(more: more), to: file.file("bad.so"),
        flags: ["-fvisibility=hidden", "-w"])
      let error = #expect(throws: PluginErrors.self) {
        try Plugins(searching: SearchPath([file.path], environment: [:]))
      }
      #expect(error?.description.contains(words) == true)
    }
    let other = try TemporaryFolder()
    try CCompiler.compile(Self.source(count: "refuse"), to: other.file("refuse.so"))
    let refusing = try Plugins(searching: SearchPath([other.path], environment: [:])).neuron("mine")
    let error = #expect(throws: FunctionFailure.self) { try refusing.weightCount(fanIn: 3) }
    #expect(error?.call == "weight_count" && error?.code == 9)
  }
}
