import NNKit
import Testing

/// How a training ends before its last epoch: early stopping, and numbers that are no longer finite.
@Suite struct TrainerEndTests {
  private func line(weight: Double = 0) throws -> Network<Double> {
    try Network(keepingWeightsOf: [layer([[weight]], bundled().activation("identity"))])
  }

  private func settings(
    epochs: Int, rate: Double, stopping: EarlyStopping? = nil, schedule: Schedule = Schedule()
  ) -> TrainingSettings {
    TrainingSettings(
      epochs: epochs, batch: 4, shuffle: false, optimizer: .sgd(learningRate: rate), schedule: schedule,
      earlyStopping: stopping
    )
  }

  @Test("early stopping waits as long as patience lasts, and gives back the best weights")
  func earlyStopping() throws {
    // Training moves w from 0 towards 2; validation likes w = 1 best, so it gets better and then worse.
    let train = try Samples<Double>(inputs: [[1]], targets: [[2]])
    let validation = try Samples<Double>(inputs: [[1]], targets: [[1]])
    let network = try line()
    network.output.frozen = .biases
    var weights: [Double] = []
    let stopping = EarlyStopping(metric: .validationLoss, patience: 3)
    let reports = try network.train(
      on: train, validation: validation, loss: bundled().loss("half_squared_error"),
      settings: settings(epochs: 100, rate: 0.1, stopping: stopping)
    ) { _ in
      weights.append(network.output.weights[0, 0])
      return .proceed
    }
    let losses = weights.map { ($0 - 1) * ($0 - 1) }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(best > 2 && reports.count == best + 1 + 3)
    #expect(network.output.weights[0, 0] == weights[best] && weights[best] != weights.last)
  }

  @Test("the best weights come back when the callback stops, and at the last epoch too")
  func bestAtTheEnd() throws {
    let samples = try Samples<Double>(inputs: [[1]], targets: [[2]])
    for stop in [6, 1000] {
      let network = try line()
      network.output.frozen = .biases
      var weights: [Double] = []
      // A learning rate of 2.5 goes away from the target: the first epoch is the best.
      try network.train(
        on: samples, validation: samples, loss: bundled().loss("half_squared_error"),
        settings: settings(epochs: 8, rate: 2.5, stopping: EarlyStopping(metric: .validationLoss, patience: 50))
      ) { report in
        weights.append(network.output.weights[0, 0])
        return report.epoch == stop ? .stop : .proceed
      }
      #expect(weights.count == min(8, stop + 1) && network.output.weights[0, 0] == weights[0])
    }
  }

  @Test("where no epoch has a finite figure, the last weights stay, not the first")
  func noBest() throws {
    let train = try Samples<Double>(inputs: [[1]], targets: [[2]])
    let validation = try Samples<Double>(inputs: [[1e200]], targets: [[0]])
    let network = try line()
    network.output.frozen = .biases
    var weights: [Double] = []
    try network.train(
      on: train, validation: validation, loss: bundled().loss("half_squared_error"),
      settings: settings(epochs: 5, rate: 0.1, stopping: EarlyStopping(metric: .validationLoss, patience: 2))
    ) { _ in
      weights.append(network.output.weights[0, 0])
      return .proceed
    }
    #expect(weights.count == 2 && network.output.weights[0, 0] == weights[1] && weights[1] > weights[0])
  }

  @Test("it may watch accuracy or the training's own figures")
  func metrics() throws {
    let samples = try Samples<Double>(inputs: [[1], [-1]], targets: [[1], [0]], targetKind: .classes)
    for metric in EarlyStopping.Metric.allCases {
      let network: Network<Double> = try network([1, 1], [bundled().activation("sigmoid")])
      let reports = try network.train(
        on: samples, validation: samples, loss: bundled().loss("binary_cross_entropy"),
        settings: settings(epochs: 40, rate: 1, stopping: EarlyStopping(metric: metric, patience: 2)))
      // Losses fall all the time; an accuracy that has reached 1 gets no better.
      #expect(reports.count == (metric.rawValue.hasSuffix("loss") ? 40 : 3), "\(metric)")
    }
  }

  @Test("patience 1 ends with the first epoch that is no better; an epoch that is better never ends it")
  func littlePatience() throws {
    let samples = try Samples<Double>(inputs: [[1]], targets: [[2]])
    let reports = try line().train(
      on: samples, validation: samples, loss: bundled().loss("half_squared_error"),
      settings: settings(epochs: 10, rate: 0.1, stopping: EarlyStopping(metric: .validationLoss, patience: 1)))
    #expect(reports.count == 10)
  }

  @Test("a figure that does not exist cannot be watched")
  func missingMetrics() throws {
    let samples = try Samples<Double>(inputs: [[1]], targets: [[2]])
    for (metric, hasValidation) in [
      (EarlyStopping.Metric.validationLoss, false), (.validationAccuracy, true), (.trainAccuracy, false),
    ] {
      let error = #expect(throws: NetworkError.self) {
        try line().train(
          on: samples, validation: hasValidation ? samples : nil, loss: bundled().loss("squared_error"),
          settings: settings(epochs: 1, rate: 0.1, stopping: EarlyStopping(metric: metric, patience: 1)))
      }
      #expect(error?.description.contains(metric.rawValue) == true)
    }
  }

  @Test("a loss that is no longer finite names layer, neuron, epoch and batch, and the last good weights come back")
  func nonFinite() throws {
    let identity = try bundled().activation("identity")
    let network = try Network<Double>(keepingWeightsOf: [
      layer([[1.0], [1]], identity), layer([[1.0, 1]], bundled().activation("exponential")),
    ])
    // The second sample is harmless, the third makes z of the last layer 2000 and its output infinite.
    let samples = try Samples<Double>(inputs: [[0], [0.1], [1000]], targets: [[1], [1], [1]])
    network.layers[0].frozen = [.weights, .biases]
    network.layers[1].frozen = [.weights, .biases]
    let error = #expect(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 2, batch: 1, shuffle: false, optimizer: .sgd(learningRate: 0.1)))
    }
    #expect(error?.layer == 1 && error?.neuron == 0 && error?.epoch == 0 && error?.batch == 2)
    #expect(error?.what == "output" && error?.value == .infinity)
    for word in ["layer 1", "neuron 0", "epoch 1", "batch 3", "output", "inf"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
  }

  @Test("the weights of the last epoch that ended well are kept")
  func lastGood() throws {
    // The learning rate grows each epoch until the steps overshoot beyond all bounds.
    let samples = try Samples<Double>(inputs: [[1], [2], [3], [4], [5]], targets: [[1], [2], [3], [4], [5]])
    let network = try line()
    var good: [[[Double]]] = []
    let error = #expect(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: settings(epochs: 1000, rate: 0.01, schedule: Schedule(.exponential(factor: 3)))
      ) { _ in
        good.append(parameters(of: network))
        return .proceed
      }
    }
    #expect(good.count > 2 && error?.epoch == good.count)
    #expect(parameters(of: network) == good.last)
    #expect(parameters(of: network).joined().allSatisfy { $0.isFinite })
  }

  @Test("of several neurons that are not finite the first is named, by its weighted input")
  func firstNeuron() throws {
    let identity = try bundled().activation("identity")
    let network = try Network<Double>(keepingWeightsOf: [
      layer([[2.0, 0], [1, 0], [1, 1]], identity), layer([[1.0, 1, 1]], identity),
    ])
    let samples = try Samples<Double>(inputs: [[.greatestFiniteMagnitude, .greatestFiniteMagnitude]], targets: [[1]])
    let error = #expect(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"), settings: settings(epochs: 1, rate: 0.1))
    }
    #expect(error?.layer == 0 && error?.neuron == 0 && error?.what == "weighted input" && error?.value == .infinity)
  }

  @Test("an infinite loss of finite outputs is named as the loss")
  func infiniteLoss() throws {
    let network: Network<Double> = try network([1, 1], [bundled().activation("step")])
    network.output.weights[0, 0] = -1
    network.output.biases[0, 0] = 0
    let samples = try Samples<Double>(inputs: [[1]], targets: [[1]])
    let error = #expect(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("binary_cross_entropy"), settings: settings(epochs: 1, rate: 0.1))
    }
    #expect(error?.what == "loss" && error?.layer == nil && error?.value == .infinity)
  }

  @Test("a last step that leaves a weight infinite is found, though no loss has seen it")
  func lastStep() throws {
    let samples = try Samples<Double>(inputs: [[1e200]], targets: [[0]])
    let network = try line(weight: 1e-60)
    let before = parameters(of: network)
    let error = #expect(throws: NonFiniteError.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"), settings: settings(epochs: 1, rate: 1e10))
    }
    #expect(error?.what == "weight" && error?.layer == 0 && error?.neuron == 0 && error?.epoch == 0)
    #expect(parameters(of: network) == before)
  }
}
