internal import NNKit

/// Reads the samples that a configuration names, and brings them into the form that the training data or a model has.
struct DataReading<Scalar: NetworkScalar> {
  private let configuration: Configuration
  private let loss: Loss
  private let outputs: Int
  /// Of the trained model that the samples are for, or that a training starts from.
  private let model: Model<Scalar>?
  /// What the model knows of samples; only its inputs where its last layer is another now.
  private let modelForm: SampleForm?
  /// Whether a training starts from the model; otherwise it was trained by this configuration.
  private let isStart: Bool
  /// How the ranks of a training share out its files; nil where each reads all.
  let shares: FileShares?

  /// - Parameters:
  ///   - configuration: Names the sources.
  ///   - loss: What compares targets with outputs.
  ///   - outputs: How many outputs the network has.
  ///   - model: A trained model, if there is one.
  ///   - isStart: Whether a training starts from the model.
  ///   - ranks: The processes that train together, if there are several.
  init(
    _ configuration: Configuration, loss: Loss, outputs: Int, model: Model<Scalar>?, isStart: Bool, ranks: Ranks? = nil
  ) {
    self.configuration = configuration
    self.loss = loss
    self.outputs = outputs
    self.model = model
    self.isStart = isStart
    shares = FileShares(configuration.data, ranks)
    var form = model.map { SampleForm(of: $0) }
    if isStart, let path = configuration.network.from {
      form?.origin = SampleForm.Origin(
        path: path, place: configuration.network.fromPlace ?? configuration.network.place)
    }
    modelForm = isStart && !configuration.network.layers.isEmpty ? form?.inputsOnly : form
  }

  // MARK: What is read

  /// The raw samples of all sets.
  struct Raw {
    var train: RawSamples
    var validation: RawSamples?
    var test: RawSamples?
    var trainAsRead: RawSamples?
    var form: SampleForm
    var notes: [String]
  }

  /// Reads the training samples, and the others unless `onlyTrain`.
  func raw(onlyTrain: Bool, keepsTrainAsRead: Bool) throws -> Raw {
    let data = configuration.data
    var (train, form) = try trainingSamples()
    var raw = Raw(train: train, form: form, notes: train.notes)
    raw.notes.append(words(for: form))
    if isStart, let model { raw.notes += startNotes(model) }
    if keepsTrainAsRead { raw.trainAsRead = train }
    if let weights = train.weights {
      raw.notes.append(
        "sample_weight: each sample's loss is multiplied by its weight, \(shortNumber(weights.min() ?? 1)) to"
          + " \(shortNumber(weights.max() ?? 1)); losses are means over the samples of what that gives")
    }
    if case .heldOut(let share) = data.validation {
      let parts = try split(train, share)
      raw.validation = train.subset(parts.validation)
      if form.targetKind == .classes {
        raw.notes.append(
          "validation: \(parts.validation.count) of \(train.count) samples: \(share) of each class, but at least one sample"
        )
      }
      train = train.subset(parts.train)
      raw.train = train
    }
    if let fold = data.fold {
      let parts = try split(train, fold)
      raw.validation = train.subset(parts.validation)
      raw.train = train.subset(parts.train)
      raw.notes.append(
        "fold \(fold.number) of \(fold.count): \(parts.validation.count) of \(train.count) samples are held out")
    }
    try fit(&raw)
    // Categories are those of all training rows, so that networks of few and of many samples have the same inputs.
    if let wanted = data.trainSamples { raw.train = try some(wanted, of: raw.train, &raw.notes) }
    form = raw.form
    if onlyTrain { return raw }
    if let source = data.test { raw.test = try others(source, Self.testStream, form) }
    if case .source(let source) = data.validation { raw.validation = try others(source, Self.validationStream, form) }
    raw.notes += (raw.test?.notes ?? []) + (data.heldOutShare == nil ? raw.validation?.notes ?? [] : [])
    for (name, set) in [("test", raw.test), ("validation", raw.validation)] {
      if raw.train.weights != nil, let set, set.weights == nil {
        raw.notes.append("\(name): all samples count alike, since their source has no `sample_weight`")
      }
    }
    return raw
  }

  /// Decides on the training rows what the columns of a table become, and brings all rows into that form.
  private func fit(_ raw: inout Raw) throws {
    guard let cells = raw.train.inputs.cells else { return }
    let columns = try shares?.fit(cells) ?? cells.fit()
    // Without held out samples both are the same rows.
    let isWhole = raw.trainAsRead?.count == raw.train.count
    func fitted(_ samples: RawSamples?) throws -> RawSamples? {
      guard var samples, let cells = samples.inputs.cells else { return samples }
      samples.inputs = RawInputs(try cells.values(fittedTo: columns))
      return samples
    }
    raw.train = try fitted(raw.train) ?? raw.train
    raw.validation = try fitted(raw.validation)
    raw.trainAsRead = raw.trainAsRead == nil ? nil : isWhole ? raw.train : try fitted(raw.trainAsRead)
    (raw.form.columns, raw.form.inputCount) = (columns, raw.train.inputs.columns)
    // Names of categories are those of inputs, whether the columns have names or not.
    raw.form.inputNames = columns.inputNames
    raw.notes += columns.compactMap { column in
      column.fill.map { fill in
        let value = column.categories.map { shown($0[Int(fill)]) } ?? shortNumber(fill)
        return "missing values of \(column.name.map { shown($0) } ?? "a column"): \(value)"
          + " (\(column.missing == .indicator ? "with an input that says so" : column.missing.rawValue) of the training rows)"
      }
    }
  }

  /// Reads only the samples that the trained model is judged by.
  func measured() throws -> (name: String, samples: RawSamples, form: SampleForm) {
    var form = modelForm ?? SampleForm(inputCount: 0)
    func read(_ name: String, _ source: DataConfiguration.Source, _ stream: UInt64) throws -> (
      name: String, samples: RawSamples, form: SampleForm
    ) {
      let samples = try others(source, stream, form)
      if form.targetKind == nil { form = decided(form, samples) }
      return (name, samples, form)
    }
    let data = configuration.data
    if let test = data.test { return try read("test", test, Self.testStream) }
    if let fold = data.fold {
      let (_, train, form) = try read("train", data.train, 0)
      return ("validation", train.subset(try split(train, fold).validation), form)
    }
    switch data.validation {
    case .source(let source): return try read("validation", source, Self.validationStream)
    case .heldOut(let share):
      let (_, train, form) = try read("train", data.train, 0)
      return ("validation", train.subset(try split(train, share).validation), form)
    case nil:
      let (name, train, form) = try read("train", data.train, 0)
      var notes: [String] = []
      return (name, try data.trainSamples.map { try some($0, of: train, &notes) } ?? train, form)
    }
  }

  /// Each source draws from a stream of its own, so that a test source does not repeat the training samples.
  private static var testStream: UInt64 { 1 }
  private static var validationStream: UInt64 { 2 }
  private static var splitStream: UInt64 { 3 }
  private static var sizeStream: UInt64 { 4 }

  private func random(_ stream: UInt64) -> RandomSource {
    RandomSource(seed: configuration.seed, stream: RandomSource.dataStream + stream)
  }

  /// A model that does not say what its targets are is of a time when samples were held out without regard to classes.
  private var isByClass: Bool { isStart || model == nil || model?.targetKind != nil }

  private func split(_ train: RawSamples, _ share: Double) throws -> (train: [Int], validation: [Int]) {
    var random = random(Self.splitStream)
    return try (configuration.data.validationPlace ?? configuration.data.place).placing {
      try holdOut(share, of: train, random: &random, byClass: isByClass)
    }
  }

  private func split(
    _ train: RawSamples, _ fold: DataConfiguration.Fold
  ) throws -> (train: [Int], validation: [Int]) {
    var random = random(Self.splitStream)
    return try fold.place.placing {
      try foldOut(fold.number, of: fold.count, train, random: &random, isStratified: fold.isStratified)
    }
  }

  /// Some of the training samples, in their order: of a larger number all that a smaller one takes, and more.
  private func some(
    _ wanted: DataConfiguration.SampleCount, of train: RawSamples, _ notes: inout [String]
  ) throws -> RawSamples {
    guard wanted.count <= train.count else {
      throw ConfigurationError(
        wanted.place.description,
        "`data.train_samples` is \(wanted.count), but there are \(train.count) samples to train on")
    }
    var random = random(Self.sizeStream)
    var order = Array(0..<train.count)
    order.shuffle(using: &random)
    notes.append("train_samples: \(wanted.count) of \(train.count) samples are trained on")
    return train.subset(order.prefix(wanted.count).sorted())
  }

  // MARK: The training samples

  private func trainingSamples() throws -> (RawSamples, SampleForm) {
    let source = configuration.data.train
    if let modelForm, !isStart {
      let samples = try others(source, 0, modelForm)
      return (samples, decided(modelForm, samples))
    }
    return try placing(source) {
      var random = random(0)
      var samples = try read(source.source, &random)
      try checkWidth(samples)
      var form = SampleForm(
        inputCount: samples.inputs.columns, columns: modelForm?.columns,
        inputNames: modelForm?.columns?.inputNames ?? samples.featureNames ?? modelForm?.inputNames,
        targetNames: samples.targetNames, classLabels: samples.classLabels)
      let scalesTargets = (configuration.data.targetScale ?? .none) != .none
      if let modelForm, let kind = modelForm.targetKind, kind != .classes {
        samples.targets = try TargetDecision(samples, like: modelForm, outputs: outputs, loss: loss).targets
        form.targetKind = kind
        return (samples, form)
      }
      let decision =
        try shares?.decision(on: samples, outputs: outputs, loss: loss, areNumbers: scalesTargets)
        ?? TargetDecision(samples, outputs: outputs, loss: loss, areNumbers: scalesTargets)
      (samples.targets, form.targetKind, form.classes) = (decision.targets, decision.kind, decision.classes)
      guard let modelForm, modelForm.targetKind == .classes else { return (samples, form) }
      try checkOrder(samples, modelForm)
      samples.targets = try matched(decision, modelForm)
      (form.classes, form.classLabels) = (modelForm.classes, modelForm.classLabels)
      return (samples, form)
    }
  }

  /// Reads the training samples; where files are shared out, this rank's.
  private func read(_ source: DataSource, _ random: inout RandomSource) throws -> RawSamples {
    guard let shares else { return try source.read(Scalar.self, random: &random, form: startForm) }
    let own = try shares.share(of: source)
    let samples = try shares.together { try own.read(Scalar.self, random: &random, form: startForm) }
    try shares.check(samples)
    return samples
  }

  /// The numbers of each rank that has training rows of its own.
  private func gather(_ own: [Double]) throws -> [[Double]] { try shares?.gather(own) ?? [own] }

  /// The sums of all ranks' numbers.
  private func total(_ own: [Double]) throws -> [Double] {
    try gather(own).reduce([Double](repeating: 0, count: own.count)) { zip($0, $1).map { $0 + $1 } }
  }

  /// Which classes occur in any rank's training samples.
  private func classesOfAllRanks(_ raw: Raw) throws -> Set<Int>? {
    guard case .labels(let labels, let classes) = raw.train.targets else { return nil }
    var found = [Double](repeating: 0, count: classes.count)
    for label in labels { found[label] = 1 }
    return Set(try total(found).enumerated().filter { $0.element > 0 }.map(\.offset))
  }

  /// What the first samples of a training that starts from a model are read as: targets that are numbers or labels keep
  /// their order by name; classes are matched afterwards.
  private var startForm: SampleForm? {
    guard let modelForm else { return nil }
    var form = modelForm.inputsOnly
    if let kind = modelForm.targetKind, kind != .classes { form.targetNames = modelForm.targetNames }
    return form
  }

  /// Refuses an order of the classes that is not the model's: the outputs stand in the model's order.
  private func checkOrder(_ samples: RawSamples, _ form: SampleForm) throws {
    guard case .csv(let csv) = configuration.data.train.source, let target = csv.target.first, csv.target.count == 1,
      let origin = form.origin, let known = form.classes
    else { return }
    let number = if case .number(let number) = target { number } else { -1 }
    guard let rule = csv.columns.rule(for: samples.targetNames?.first, number: number),
      case .ordered(let order) = rule.value, order != known, Set(order) == Set(known)
    else { return }
    throw ConfigurationError(
      rule.place.description,
      "the classes are said to be in the order \(listed(order)), but the outputs of \(origin.words) are in the order"
        + " \(listed(known)); say the same, or write `categorical`")
  }

  /// What the training does otherwise than the one that made the model.
  private func startNotes(_ model: Model<Scalar>) -> [String] {
    var notes: [String] = []
    let data = configuration.data
    if let former = model.loss, former.description != loss.description {
      notes.append("the model was trained with the loss \(former), this training takes \(loss)")
    }
    if model.classWeights != nil, data.classWeights == nil {
      notes.append(
        "the model was trained with class_weights; here all classes count alike, since nothing says otherwise")
    }
    if model.inputScaling != nil, data.inputScale == nil { notes.append("inputs are scaled as the model has it") }
    if model.targetScaling != nil, data.targetScale == nil, configuration.network.layers.isEmpty, !data.sharesScale {
      notes.append("targets are scaled as the model has it")
    }
    return notes
  }

  private func checkWidth(_ samples: RawSamples) throws {
    guard let modelForm, modelForm.inputCount != samples.inputs.columns, samples.inputs.cells == nil else { return }
    throw ConfigurationError(
      (configuration.network.fromPlace ?? configuration.network.place).description,
      "the samples have \(samples.inputs.columns) inputs, the model takes \(modelForm.inputCount)")
  }

  /// Classes in the order that the model has them in, where they are the same.
  private func matched(_ decision: TargetDecision, _ form: SampleForm) throws -> RawTargets {
    let known = form.classes ?? (0..<max(2, outputs)).map(String.init)
    let hint =
      "; to train a new last layer on other classes, write `network: {from: MODEL, layers: [...]}`: all layers of the"
      + " model but the last, and then these"
    guard case .labels(let labels, let classes) = decision.targets else {
      throw ConfigurationError(
        (form.origin?.place ?? configuration.network.place).description,
        "the model answers with the classes \(listed(known)), but the targets are \(decision.kind.rawValue)" + hint)
    }
    let index = ClassIndex(known, labels: form.classLabels)
    let places = classes.compactMap { index.place(of: $0) }
    guard places.count == classes.count, Set(places).count == known.count else {
      throw ConfigurationError(
        (form.origin?.place ?? configuration.network.place).description,
        "the classes of the data are \(listed(classes)), those of the model \(listed(known)); expected the same" + hint)
    }
    return .labels(labels.map { places[$0] }, classes: known)
  }

  private func words(for form: SampleForm) -> String {
    let names = form.targetNames.map { " " + listed($0) } ?? ""
    switch form.targetKind {
    case .classes:
      let classes = form.classes ?? []
      return "targets\(names): \(classes.count) classes: \(listed(classes))"
    case .labels: return "targets\(names): labels, of which a sample may have several"
    case .numbers, nil: return "targets\(names): numbers"
    }
  }

  // MARK: Other samples

  /// Samples in a form that is known.
  private func others(_ source: DataConfiguration.Source, _ stream: UInt64, _ form: SampleForm) throws -> RawSamples {
    try placing(source) {
      var random = random(stream)
      var samples = try source.source.read(Scalar.self, random: &random, form: form)
      guard samples.inputs.columns == form.inputCount else {
        throw DataError(
          "its samples have \(samples.inputs.columns) inputs, those of the training data \(form.inputCount)",
          file: samples.file)
      }
      samples.targets = try TargetDecision(samples, like: form, outputs: outputs, loss: loss).targets
      return samples
    }
  }

  /// The form of a model that does not say what its targets are, as the first samples show it.
  private func decided(_ form: SampleForm, _ samples: RawSamples) -> SampleForm {
    if form.targetKind != nil { return form }
    var form = form
    if case .labels(_, let classes) = samples.targets {
      (form.targetKind, form.classes) = (.classes, classes)
    } else {
      form.targetKind = .numbers
    }
    return form
  }

  // MARK: Scaling

  /// All sets for the network.
  func dataSets(_ raw: Raw, for network: Network<Scalar>) throws -> DataSets<Scalar> {
    let data = configuration.data
    let description = DataDescription(
      raw.form, classWeights: try classWeights(raw), inputScaling: try inputScaling(raw.train),
      targetScaling: try targetScaling(raw, network.output),
      imageShape: raw.train.imageShape)
    func samples(_ raw: RawSamples, _ source: DataConfiguration.Source) throws -> Samples<Scalar> {
      try prepared(raw, source, description)
    }
    var notes = raw.notes
    // What all ranks do together comes before what may fail on one of them.
    let identity = try data.shardingPlace.map { _ in try FileShares.identity(of: raw.train, gather) }
    let classes = try data.shardingPlace == nil ? nil : classesOfAllRanks(raw)
    if let shares, let identity {
      notes.append(shares.note(data.train.source, own: raw.train.count, all: identity.count))
    }
    let unexpanded = try prepared(raw.train, data.train, description, areChanged: data.augment != nil)
    let train =
      try data.augment.map { augment in
        if let scaling = description.inputScaling, Set(scaling.factor).count > 1 || Set(scaling.offset).count > 1 {
          notes.append(
            "augment: each pixel has a scale of its own, and one that moves gets that of its new place; `scale: unit` with"
              + " images of bytes, or `scale: none`, treats all pixels alike")
        }
        return try augmented(unexpanded, augment, raw.train.sampleShape, network, &notes)
      } ?? unexpanded
    if let weights = description.classWeights, isStart {
      let words = zip(description.classes ?? [], weights).prefix(12).map { "\(shown($0)) \(shortNumber($1))" }
      notes.append(
        "class_weights: each sample's loss is multiplied by its class's weight: \(words.joined(separator: ", "))")
    }
    notes += replacedScaling(description)
    let added = train.count / unexpanded.count
    return DataSets(
      train: train, trainCount: identity.map { $0.count * added } ?? train.count, trainChecksum: identity?.checksum,
      trainClasses: classes, unexpandedTrain: unexpanded,
      validation: try raw.validation.map { try samples($0, data.validationSource) },
      test: try raw.test.map { try samples($0, data.test ?? data.train) },
      trainAsRead: try raw.trainAsRead.map { try samples($0, data.train) } ?? unexpanded,
      description: description, notes: notes)
  }

  /// The samples as images that the training changes.
  private func augmented(
    _ samples: Samples<Scalar>, _ augment: DataConfiguration.Augment, _ shape: SampleShape?, _ network: Network<Scalar>,
    _ notes: inout [String]
  ) throws -> Samples<Scalar> {
    try augment.place.placing {
      guard let images = images(shape, network) else {
        throw ConfigurationError(
          nil,
          "`data.augment` changes images, but nothing says what shape the \(samples.inputCount) inputs have; give it as"
            + " `network: {image: {channels: 1, height: …, width: …}}`, or leave `augment` out")
      }
      let result = try samples.augmented(
        by: augment.settings, channels: images.channels, height: images.size.height, width: images.size.width)
      let added = result.count > samples.count ? " (\(result.count) samples)" : ""
      notes.append("augment: \(augment.settings.words)\(added)")
      return result
    }
  }

  /// The shape of a sample that is an image: as the configuration, the data or the first window says it.
  private func images(_ shape: SampleShape?, _ network: Network<Scalar>) -> SampleShape? {
    let window = network.layers[0].wiring.window.map { SampleShape(channels: $0.channels, size: $0.image) }
    let found = configuration.network.image ?? shape ?? window
    return found?.count == network.inputCount ? found : nil
  }

  /// Lines about a scaling of the model that the configuration's takes the place of.
  private func replacedScaling(_ description: DataDescription) -> [String] {
    guard isStart, let model else { return [] }
    let keepsLast = configuration.network.layers.isEmpty
    let all = [
      ("inputs", model.inputScaling, description.inputScaling, true),
      ("targets", model.targetScaling, description.targetScaling, keepsLast),
    ]
    return all.filter { $3 && $1 != nil && $1 != $2 }.map { what, _, _, _ in
      "\(what) are scaled by `data.scale`, fitted on these samples, and not as the model has it, whose weights were trained"
        + " with its own scaling; leave `scale` out to keep that"
    }
  }

  /// The samples that are measured, for the trained model's network.
  func measuredData() throws -> MeasuredData<Scalar> {
    let (name, raw, form) = try measured()
    let description = DataDescription(
      form, classWeights: model?.classWeights, inputScaling: model?.inputScaling, targetScaling: model?.targetScaling,
      imageShape: raw.imageShape)
    let data = configuration.data
    let source = name == "test" ? data.test ?? data.train : name == "train" ? data.train : data.validationSource
    return MeasuredData(measured: (name, try prepared(raw, source, description)), description: description)
  }

  private func prepared(
    _ raw: RawSamples, _ source: DataConfiguration.Source, _ description: DataDescription, areChanged: Bool = false
  ) throws -> Samples<Scalar> {
    try placing(source) {
      let targets = try encodeTargets(raw.targets, outputs: outputs, loss: loss)
      if let scaling = description.targetScaling {
        scaling.apply(to: targets)
        // Rounding may take scaled targets a little beyond the range.
        try checkTargets(targets, loss.targetRange.lowerBound - 1e-6...loss.targetRange.upperBound + 1e-6, loss)
      } else {
        try checkTargets(targets, loss.targetRange, loss)
      }
      var weights = raw.weights
      if let ofClasses = description.classWeights, case .labels(let labels, _) = raw.targets {
        weights = labels.indices.map { ofClasses[labels[$0]] * (weights?[$0] ?? 1) }
      }
      return try Samples(
        raw.inputs.scaled(by: description.inputScaling, as: Scalar.self, areChanged: areChanged),
        targets: Matrix<Scalar>(converting: targets), targetKind: description.targetKind, weights: weights)
    }
  }

  /// A trained model keeps its scaling, unless a training that starts from it asks for another.
  private func inputScaling(_ train: RawSamples) throws -> Scaling? {
    let data = configuration.data
    if let model, !isStart || data.inputScale == nil { return model.inputScaling }
    switch data.inputScale {
    case nil, .all(.none)?: return nil
    case .all(let method)?: return try train.inputs.fit(method, knownRange: train.knownRange, across: gather)
    case .columns(let rules)?:
      let columns = train.inputs.table
      let names = columns.map { $0.map(\.name) } ?? (0..<train.inputs.columns).map { train.featureNames?[$0] }
      try rules.check(fit: names.enumerated().map { (name: $1, number: $0) }, "inputs")
      let methods = try names.enumerated().map { number, name -> ScaleMethod in
        guard let rule = rules.rule(for: name, number: number) else { return .none }
        if columns?[number].kind == .categorical, rule.pattern.names(name, number: number), rule.value != .none {
          throw ConfigurationError(
            rule.place.description,
            "\(name.map { "column \(shown($0))" } ?? "column number \(number)") has categories, whose inputs are 0 and 1"
              + " and are not scaled; leave it out")
        }
        return rule.value
      }
      return try methods.allSatisfy { $0 == .none }
        ? nil : train.inputs.fit(methods, knownRange: train.knownRange, across: gather)
    }
  }

  /// How much each class counts; see `DataConfiguration.ClassWeights`.
  private func classWeights(_ raw: Raw) throws -> [Double]? {
    if !isStart { return model?.classWeights }
    guard let asked = configuration.data.classWeights else { return nil }
    guard case .labels(let labels, let classes) = raw.train.targets else {
      throw ConfigurationError(
        asked.place.description,
        "`data.class_weights` is given, but the targets are \(raw.form.targetKind?.rawValue ?? "no classes")")
    }
    switch asked.choice {
    case .balanced:
      var counts = [Int](repeating: 0, count: classes.count)
      for label in labels { counts[label] += 1 }
      let all = try total(counts.map(Double.init))
      let (present, whole) = (Double(all.count { $0 > 0 }), all.reduce(0, +))
      return all.map { $0 > 0 ? whole / (present * $0) : 0 }
    case .named(let weights):
      let index = ClassIndex(classes, labels: raw.form.classLabels)
      var result = [Double](repeating: 1, count: classes.count)
      for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
        guard let place = index.place(of: name) else {
          throw ConfigurationError(
            asked.place.description,
            "there is no class \(shown(name))\(suggestion(for: name, among: classes, otherwise: ";")) the classes are"
              + " \(listed(classes))")
        }
        result[place] = weight
      }
      guard result.contains(where: { $0 > 0 }) else {
        throw ConfigurationError(
          asked.place.description,
          "`data.class_weights` gives each of the classes \(listed(classes)) 0, expected a weight greater than 0 for some class"
        )
      }
      return result
    }
  }

  /// Targets that are numbers may be scaled as inputs are; predictions are then brought back.
  private func targetScaling(_ raw: Raw, _ output: Layer<Scalar>) throws -> Scaling? {
    let data = configuration.data
    let keepsLast = !isStart || configuration.network.layers.isEmpty
    // One method for all says something of targets too, unless it is not for them.
    let isSaid = try data.targetScale != nil || raw.form.targetKind == .numbers && scalesTargetsToo(output)
    if let model, keepsLast, !isStart || !isSaid { return model.targetScaling }
    guard case .values(let targets) = raw.train.targets, raw.form.targetKind == .numbers else {
      guard let method = data.targetScale, method != .none else { return nil }
      throw ConfigurationError(
        (data.scalePlace ?? data.place).description,
        "`data.scale.targets` is \(method.rawValue), but the targets are \(raw.form.targetKind?.rawValue ?? "")")
    }
    let method = try data.targetScale ?? (scalesTargetsToo(output) ? data.inputScale?.method ?? .none : .none)
    return try method == .none ? nil : fitScaling(method, on: targets, across: gather)
  }

  /// `scale: standard` is meant for targets too, where loss and last layer take any number.
  private func scalesTargetsToo(_ output: Layer<Scalar>) throws -> Bool {
    let all = -Double.infinity ... .infinity
    let data = configuration.data
    guard data.sharesScale, [.standard, .robust].contains(data.inputScale?.method), loss.targetRange == all
    else { return false }
    return try output.neurons.allSatisfy { try !$0.respondsByActivation || $0.activation.shape().range == all }
  }
}

extension DataDescription {
  init(
    _ form: SampleForm, classWeights: [Double]?, inputScaling: Scaling?, targetScaling: Scaling?,
    imageShape: ImageShape?
  ) {
    self.init(
      targetKind: form.targetKind ?? .numbers, classes: form.classes, classLabels: form.classLabels,
      classWeights: classWeights, columns: form.columns, targetNames: form.targetNames, featureNames: form.inputNames,
      inputScaling: inputScaling,
      targetScaling: targetScaling, imageShape: imageShape)
  }
}

extension DataConfiguration {
  fileprivate var heldOutShare: Double? {
    if case .heldOut(let share) = validation { return share }
    return nil
  }

  /// Where validation samples come from.
  fileprivate var validationSource: Source {
    if case .source(let source) = validation { return source }
    return train
  }
}

/// Runs `body`; an error that does not name a place in a file gets the source's place in the configuration.
private func placing<Result>(_ source: DataConfiguration.Source, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as DataError where error.file != nil {
    throw error
  } catch let error as FileError {
    throw error
  } catch let error as ConfigurationError where error.place != nil {
    throw error
  } catch  where error is EndedByOtherRank || error is RanksError || error is CommunicatorFailure {
    throw error
  } catch {
    throw ConfigurationError(source.place.description, "\(error)")
  }
}
