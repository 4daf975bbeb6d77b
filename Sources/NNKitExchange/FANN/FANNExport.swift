package import NNKit

/// A trained network as a file of FANN, `FANN_FLO_2.1`, that `fann_create_from_file` reads.
package struct FANNExport {
  /// The file.
  package let text: String
  /// What the file's user should know, a line each.
  package let notes: [String]

  /// - Throws: `ExportError` with the layer and neuron for what FANN does not have.
  package init(_ model: Model<Double>, plugins: Plugins) throws {
    let network = model.network
    let hasShortcuts = try Self.hasShortcuts(network)
    // Of a network with shortcuts, the inputs alone have a bias behind them; else each layer has.
    let sizes = [network.inputCount + 1] + network.layers.map { $0.neurons.count + (hasShortcuts ? 0 : 1) }
    var neurons = Array(repeating: "(0, 0, 0)", count: sizes[0])
    var connections: [String] = []
    var before = 0
    for (index, layer) in network.layers.enumerated() {
      let bias = hasShortcuts ? network.inputCount : layer.fanIn
      for neuron in layer.neurons {
        let activation = try Self.activation(of: neuron, index, plugins)
        // FANN's z is multiplied by steepness and the function's own factor.
        let scale = 1 / (activation.input * activation.usualSteepness)
        let steepness = activation.usualSteepness * (activation.hasSteepness ? neuron.activation.parameters[0] : 1)
        let inputs = (0..<layer.fanIn).filter { layer.isConnected(neuron.index, $0) }
        neurons.append("(\(inputs.count + 1), \(activation.code), \(steepness))")
        // In the order of the neurons, in which FANN takes them.
        var own = inputs.map { (before + ($0 < bias ? $0 : $0 + 1), neuron.weights[$0] * scale) }
        own.insert((before + bias, (neuron.bias - activation.shift) * scale), at: inputs.count { $0 < bias })
        connections += own.map { "(\($0.0), \($0.1))" }
      }
      if !hasShortcuts {
        neurons.append("(0, 0, 0)")
        before += layer.fanIn + 1
      }
    }
    let all = network.layers.reduce(0) { $0 + $1.neurons.count * ($1.fanIn + 1) }
    let rate = Double(connections.count) / Double(all)
    // FANN reads the lines in this order alone.
    var lines = [
      "FANN_FLO_2.1", "num_layers=\(sizes.count)", "learning_rate=0.700000", "connection_rate=\(rate)",
      "network_type=\(hasShortcuts ? 1 : 0)",
    ]
    lines += Self.settings
    lines.append("layer_sizes=\(sizes.map(String.init).joined(separator: " ")) ")
    lines += Self.scales(model)
    lines.append(
      "neurons (num_inputs, activation_function, activation_steepness)=\(neurons.joined(separator: " ")) ")
    lines.append("connections (connected_to_neuron, weight)=\(connections.joined(separator: " ")) ")
    text = lines.joined(separator: "\n") + "\n"
    notes =
      model.inputScaling == nil && model.targetScaling == nil
      ? []
      : [
        "`fann_run` does not scale by itself: call `fann_scale_input` before it, and `fann_descale_output` after it"
      ]
  }

  /// Whether each layer has the inputs and all earlier layers as its sources, which FANN calls shortcuts.
  ///
  /// - Throws: `ExportError` for a network that is neither that nor a chain of layers.
  private static func hasShortcuts(_ network: Network<Double>) throws -> Bool {
    let areAll = network.layers.enumerated().allSatisfy { index, layer in
      layer.wiring.window == nil && !layer.sources.isSum
        && layer.sources.resolved(of: index) == Sources.all.resolved(of: index)
    }
    if areAll, network.layers.count > 1 { return true }
    try network.expectChain()
    return false
  }

  private static func activation(
    of neuron: Neuron<Double>, _ layer: Int, _ plugins: Plugins
  ) throws -> FANNActivation {
    let place = "layer \(layer), neuron \(neuron.index)"
    if let kind = neuron.kindName, kind != NeuronKind.plainName {
      throw ExportError("\(place): FANN's neurons add up weighted inputs, and have no kind or class such as `\(kind)`")
    }
    let activation = neuron.activation
    guard plugins.isBundled(activation.function.information), let known = FANNActivation.of(activation.name) else {
      let names = FANNActivation.all.filter { $0.output == 1 && $0.move == 0 }.map(\.function)
      throw ExportError(
        "\(place): FANN has no activation `\(activation.name)`; it has \(Set(names).sorted().joined(separator: ", "))")
    }
    return known
  }

  /// How FANN would train, by its own defaults; a network that only answers does without them.
  private static let settings = [
    "learning_momentum=0.000000",
    "training_algorithm=2", "train_error_function=1", "train_stop_function=0",
    "cascade_output_change_fraction=0.010000",
    "quickprop_decay=-0.000100", "quickprop_mu=1.750000", "rprop_increase_factor=1.200000",
    "rprop_decrease_factor=0.500000", "rprop_delta_min=0.000000", "rprop_delta_max=50.000000",
    "rprop_delta_zero=0.100000", "cascade_output_stagnation_epochs=12", "cascade_candidate_change_fraction=0.010000",
    "cascade_candidate_stagnation_epochs=12", "cascade_max_out_epochs=150", "cascade_min_out_epochs=50",
    "cascade_max_cand_epochs=150", "cascade_min_cand_epochs=50", "cascade_num_candidate_groups=2",
    "bit_fail_limit=3.5e-01", "cascade_candidate_limit=1.0e+03", "cascade_weight_multiplier=4.0e-01",
    "cascade_activation_functions_count=10", "cascade_activation_functions=3 5 7 8 10 11 14 15 16 17 ",
    "cascade_activation_steepnesses_count=4", "cascade_activation_steepnesses=2.5e-01 5.0e-01 7.5e-01 1.0e+00 ",
  ]

  /// (x − mean) / deviation, which FANN writes as ((x − mean) / deviation + 1) · 1 − 1.
  private static func scales(_ model: Model<Double>) -> [String] {
    if model.inputScaling == nil && model.targetScaling == nil { return ["scale_included=0"] }
    var lines = ["scale_included=1"]
    for (side, scaling, width) in [
      ("in", model.inputScaling, model.network.inputCount), ("out", model.targetScaling, model.network.outputCount),
    ] {
      func row(_ name: String, _ values: [Double]) {
        let all = values.count == 1 ? Array(repeating: values[0], count: width) : values
        lines.append("scale_\(name)_\(side)=\(all.map { "\($0)" }.joined(separator: " ")) ")
      }
      row("mean", scaling?.offset ?? [0])
      row("deviation", scaling?.factor.map { 1 / $0 } ?? [1])
      row("new_min", [-1])
      row("factor", [1])
    }
    return lines
  }
}

extension Network {
  /// Holds the network to what FANN has: layers whose neurons have all outputs of the layer before as inputs, once.
  ///
  /// - Throws: `ExportError` that names the first layer that is another one.
  fileprivate func expectChain() throws {
    for (index, layer) in layers.enumerated() {
      if layer.wiring.window != nil {
        throw ExportError("layer \(index) has a sliding window, which nnkit does not write for FANN")
      }
      if layer.sources.resolved(of: index) != Sources.previous.resolved(of: index) {
        throw ExportError(
          "layer \(index) has other sources than the layer before, which nnkit does not write for FANN")
      }
    }
  }
}
