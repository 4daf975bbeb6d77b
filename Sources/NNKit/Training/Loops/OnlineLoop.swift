internal import CKernels

/// Trains on one sample at a time by plain SGD: for networks of plain neurons alone.
///
/// A neuron then sends its messages and moves its weights in one sweep of its row, which reads each weight once. No other
/// sample of a batch needs the old weights, so the result is that of `BatchLoop`. Large layers put their moves off
/// instead and write them down once in some samples (`MoveBlock`). The loop over samples, layers and rows is
/// `nnk_run_online_sgd` in CKernels.
final class OnlineLoop<Scalar: NetworkScalar>: TrainingLoop {
  /// As many samples as one call of it takes at most.
  private static var chunk: Int { 256 }

  private let task: TrainingTask<Scalar>
  /// The learning rate of each step of a chunk, the loss of each sample, and the network's answers, samples × outputs.
  private let learningRates: Matrix<Double>
  private let losses: Matrix<Double>
  private let answers: Matrix<Scalar>
  /// Copies of the functions' parameters: each layer's, then the loss's.
  private let parameters: [Matrix<Double>]
  /// Room for the moves that each layer puts off, nil where it makes them at once.
  private let blocks: [MoveBlock<Scalar>?]

  static func supports(_ task: TrainingTask<Scalar>) -> Bool {
    let (network, settings) = (task.network, task.settings)
    guard settings.batch == 1, task.exchange == nil, task.samples.weights == nil, settings.stop?.bitFail == nil,
      network.engine == .auto,
      let update = network.fusedUpdate(
        by: settings.optimizer, transforms: task.transforms, samples: 1, learningRate: settings.optimizer.learningRate,
        regularization: settings.regularization), !update.movesMemory
    else { return false }
    return network.sources == nil && task.stage.loss.function.computes(in: Scalar.self)
      && network.layers.allSatisfy { layer in
        layer.isPlainlyWired && layer.parts.allSatisfy(\.arePlain)
          && layer.activation?.function.computes(in: Scalar.self) == true
      }
  }

  init(_ task: TrainingTask<Scalar>) {
    self.task = task
    let layers = task.network.layers
    parameters = (layers.map { $0.activation?.parameters ?? [] } + [task.stage.loss.parameters]).map {
      Matrix(row: $0)
    }
    // What is put off is made without decay, and only of matrices that are dear to write.
    let putsOff = task.settings.regularization.l2 == 0
    blocks = layers.enumerated().map { index, layer in
      let pays = putsOff && !layer.frozen.contains(.weights) && MoveBlock.pays(for: layer)
      return pays ? MoveBlock(for: layer, isFirst: index == 0) : nil
    }
    learningRates = Matrix(rows: 1, columns: Self.chunk)
    losses = Matrix(rows: 1, columns: Self.chunk)
    answers = Matrix(rows: Self.chunk, columns: task.network.outputCount)
  }

  /// Every call but an epoch's last takes a multiple of this: then the result does not depend on how many each takes.
  private var grain: Int { blocks.contains { $0 != nil } ? Int(NNK_BLOCK) : 1 }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func train(
    from first: Int, of epoch: EpochBatches, learningRate: (Int) throws -> Double, _ tally: inout Tally<Scalar>
  ) throws -> Int {
    // The caller sees at least about a hundred moments of an epoch.
    let most = epoch.isWatched ? max(1, epoch.count / 128 / grain) * grain : .max
    let count = min(Self.chunk, most, epoch.count - first)
    if task.settings.schedule.isConstant {
      learningRates.row(0, count: count).fill(try learningRate(first))
    } else {
      learningRates.row(0, count: count).assign(try (first..<first + count).map(learningRate))
    }
    try train(on: epoch.order[first..<first + count], epoch.moment(seed: task.settings.seed), &tally)
    return count
  }

  private func train(
    on order: ArraySlice<Int>, _ moment: AugmentationMoment, _ tally: inout Tally<Scalar>
  ) throws {
    let done = try order.withUnsafeBufferPointer { order in
      guard let first = order.baseAddress else { return 0 }
      return try train(on: task.samples, first, order.count, moment)
    }
    guard done == order.count else {
      var error = NonFiniteError(in: task.network, losses: [losses[0, done]])
      error.batch = done
      throw error
    }
    tally.add(losses: losses.row(0, count: done))
    guard tally.countsHits else { return }
    for (index, sample) in order.enumerated() {
      tally.count(answers.row(index), target: task.samples.targets.row(sample))
    }
  }

  /// Trains on `count` samples, at most a chunk, whose numbers begin at `order`; the learning rates are in `learningRates`.
  ///
  /// - Returns: How many samples it took; fewer if a loss is not finite, which is then the last in `losses`.
  /// - Throws: `FunctionFailure` if a plugin reports one; its batch counts from the chunk's first sample.
  private func train(
    on samples: Samples<Scalar>, _ order: UnsafePointer<Int>, _ count: Int, _ moment: AugmentationMoment
  ) throws -> Int {
    guard samples.augmentation == nil, let inputs = samples.source.matrix else {
      // Bytes are scaled first, and images changed, those of the chunk.
      let some = try samples.subset(UnsafeBufferPointer(start: order, count: count), at: moment)
      return try Array(0..<count).withUnsafeBufferPointer { all in
        try all.baseAddress.map { try train(on: some, $0, count, moment) } ?? 0
      }
    }
    for layer in task.network.layers {
      layer.storage.resize(columns: 1)
      layer.storage.leaveOutGradients(of: layer.parts)
    }
    var failure = nnk_failure(layer: -1, call: nil, code: 0)
    let done =
      if let loop = self as? OnlineLoop<Float>, let inputs = inputs as? Matrix<Float>,
        let samples = samples as? Samples<Float>
      {
        loop.run(inputs, samples.targets, order, count, &failure)
      } else if let loop = self as? OnlineLoop<Double>, let inputs = inputs as? Matrix<Double>,
        let samples = samples as? Samples<Double>
      {
        loop.run(inputs, samples.targets, order, count, &failure)
      } else {
        preconditionFailure("a network computes with Float or Double")
      }
    if failure.code != 0 { throw described(failure, sample: done) }
    return done
  }

  private func described(_ failure: nnk_failure, sample: Int) -> FunctionFailure {
    let layer = failure.layer >= 0 ? failure.layer : nil
    let function =
      layer.flatMap { task.network.layers[$0].activation?.function.information }
      ?? task.stage.loss.function.information
    return FunctionFailure(
      function: function.name, file: function.file, call: failure.call.map { String(cString: $0) } ?? "",
      code: failure.code, layer: layer, batch: sample)
  }
}

/// What a layer needs to defer the updates of its weights over a block of samples; see deferred_updates.inc in CKernels.
struct MoveBlock<Scalar: NetworkScalar> {
  fileprivate let inputs: Matrix<Scalar>
  fileprivate let moves: Matrix<Scalar>
  fileprivate let products: Matrix<Scalar>
  fileprivate let overlaps: Matrix<Scalar>

  init(for layer: Layer<Scalar>, isFirst: Bool) {
    let size = Int(NNK_BLOCK)
    inputs = Matrix(rows: size, columns: layer.fanIn)
    moves = Matrix(rows: size, columns: layer.neurons.count)
    products = Matrix(rows: isFirst ? size : 0, columns: layer.neurons.count)
    overlaps = Matrix(rows: isFirst ? size : 1, columns: size)
  }

  /// Whether it takes less time than making each move at once, as measured.
  static func pays(for layer: Layer<Scalar>) -> Bool {
    layer.neurons.count >= 64 && layer.fanIn >= 64 && layer.neurons.count * layer.fanIn >= 32_768
  }
}

extension ActivationFunction {
  /// Whether the plugin itself computes in this precision.
  fileprivate func computes<Scalar: NetworkScalar>(in _: Scalar.Type) -> Bool {
    Scalar.self == Double.self || raw.evaluate_float != nil
  }
}

extension LossFunction {
  fileprivate func computes<Scalar: NetworkScalar>(in _: Scalar.Type) -> Bool {
    Scalar.self == Double.self || raw.value_float != nil && (canonical == nil || raw.canonical_value_float != nil)
  }
}

extension OnlineLoop where Scalar == Float {
  fileprivate func run(
    _ inputs: Matrix<Float>, _ targets: Matrix<Float>, _ order: UnsafePointer<Int>, _ count: Int,
    _ failure: inout nnk_failure
  ) -> Int {
    let layers = zip(zip(task.network.layers, parameters), blocks).map { entry, block in
      let (layer, parameters) = entry
      let (storage, function) = (layer.storage, layer.activation?.function)
      return nnk_online_layer_f32(
        neurons: layer.neurons.count, fan_in: layer.fanIn, row: storage.weights.columns, weights: storage.weights.base,
        biases: storage.biases.base, z: storage.weightedInputs.base, a: storage.outputs.base,
        received: storage.received.base, delta: storage.localGradients.base, parameters: parameters.base,
        evaluate: function?.raw.evaluate_float, backward: function?.raw.backward_float,
        moves_weights: layer.frozen.contains(.weights) ? 0 : 1, moves_biases: layer.frozen.contains(.biases) ? 0 : 1,
        inputs: block?.inputs.base, moves: block?.moves.base, products: block?.products.base,
        overlaps: block?.overlaps.base)
    }
    let (function, isCanonical) = (task.stage.loss.function, task.stage.isCanonical)
    var loss = nnk_online_loss_f32(
      parameters: parameters[layers.count].base,
      value: isCanonical ? function.raw.canonical_value_float : function.raw.value_float,
      takes_z: isCanonical ? 1 : 0, gradient: function.raw.gradient_float,
      canonical_delta: isCanonical ? function.raw.canonical_delta_float : nil)
    return layers.withUnsafeBufferPointer { layers in
      withUnsafePointer(to: &loss) { loss in
        var run = nnk_online_sgd_f32(
          layers: layers.baseAddress, count: layers.count, loss: loss, inputs: inputs.base, targets: targets.base,
          order: order, samples: count, rates: learningRates.base, l2: task.settings.regularization.l2,
          losses: losses.base, answers: answers.base)
        return nnk_run_online_sgd_f32(&run, &failure)
      }
    }
  }
}

extension OnlineLoop where Scalar == Double {
  fileprivate func run(
    _ inputs: Matrix<Double>, _ targets: Matrix<Double>, _ order: UnsafePointer<Int>, _ count: Int,
    _ failure: inout nnk_failure
  ) -> Int {
    let layers = zip(zip(task.network.layers, parameters), blocks).map { entry, block in
      let (layer, parameters) = entry
      let (storage, function) = (layer.storage, layer.activation?.function)
      return nnk_online_layer_f64(
        neurons: layer.neurons.count, fan_in: layer.fanIn, row: storage.weights.columns, weights: storage.weights.base,
        biases: storage.biases.base, z: storage.weightedInputs.base, a: storage.outputs.base,
        received: storage.received.base, delta: storage.localGradients.base, parameters: parameters.base,
        evaluate: function?.evaluate, backward: function?.backward,
        moves_weights: layer.frozen.contains(.weights) ? 0 : 1, moves_biases: layer.frozen.contains(.biases) ? 0 : 1,
        inputs: block?.inputs.base, moves: block?.moves.base, products: block?.products.base,
        overlaps: block?.overlaps.base)
    }
    let (function, isCanonical) = (task.stage.loss.function, task.stage.isCanonical)
    var loss = nnk_online_loss_f64(
      parameters: parameters[layers.count].base, value: isCanonical ? function.canonical?.value : function.value,
      takes_z: isCanonical ? 1 : 0, gradient: function.gradient,
      canonical_delta: isCanonical ? function.canonical?.delta : nil)
    return layers.withUnsafeBufferPointer { layers in
      withUnsafePointer(to: &loss) { loss in
        var run = nnk_online_sgd_f64(
          layers: layers.baseAddress, count: layers.count, loss: loss, inputs: inputs.base, targets: targets.base,
          order: order, samples: count, rates: learningRates.base, l2: task.settings.regularization.l2,
          losses: losses.base, answers: answers.base)
        return nnk_run_online_sgd_f64(&run, &failure)
      }
    }
  }
}
