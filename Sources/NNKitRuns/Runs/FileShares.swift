internal import CZlib
internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Training files that are shared out among ranks (`data.sharding: files`): each rank reads its own files alone, and all agree
/// on what follows from the training rows.
///
/// All ranks make the same calls in the same order; so what may fail on one of them stands in `together`.
package struct FileShares {
  private let ranks: Ranks
  /// Of `data.sharding` in the configuration.
  private let place: Place

  /// - Returns: nil where all ranks read all files.
  init?(_ data: DataConfiguration, _ ranks: Ranks?) {
    guard let place = data.shardingPlace, let ranks, ranks.count > 1 else { return nil }
    (self.ranks, self.place) = (ranks, place)
  }

  /// Runs `body` on each rank; where it fails on one, all end.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    try ranks.together(isPatient: true, body)
  }

  /// The numbers of each rank, as many from each.
  func gather(_ own: [Double]) throws -> [[Double]] { try ranks.gather(own, isPatient: true) }

  // MARK: Whose files

  /// This rank's files: whole ones, in their order, about as many bytes as each other rank's.
  ///
  /// - Throws: `ConfigurationError` if there are fewer files than ranks; `RanksError` if ranks see other files.
  func share(of source: DataSource) throws -> DataSource {
    let files = source.parts.map(\.paths)
    guard files.count >= ranks.count else {
      throw ConfigurationError(
        place.description,
        "`data.sharding: files` gives each rank files of its own, but `data.train` has \(files.count) for \(ranks.count)"
          + " ranks; start fewer ranks, or cut the data into more files")
    }
    let names = files.joined().joined(separator: "\n")
    let others = try ranks.differing([digest(of: names.utf8)])[0]
    guard others.isEmpty else {
      throw RanksError(
        "the ranks cannot train together: `data.train` stands for other files on \(Ranks.list(others)) than on rank 0; all"
          + " need the same names, although each reads its own files alone; where each machine has only its own files, give"
          + " a list of all names, since a pattern stands for the files that are there")
    }
    // Rank 0 decides: files of the others may lie on their machines alone.
    let bounds = ranks.rank == 0 ? bounds(files) : [Double](repeating: 0, count: ranks.count + 1)
    let all = try ranks.sum(bounds, isPatient: true).map { Int($0) }
    return source.part(all[ranks.rank]..<all[ranks.rank + 1])
  }

  /// With which file each rank begins, and the number of files.
  private func bounds(_ files: [[String]]) -> [Double] {
    var sizes = files.map { $0.reduce(0.0) { $0 + size($1) } }
    // Where rank 0 does not see them all, each counts the same.
    if sizes.contains(0) { sizes = sizes.map { _ in 1 } }
    let whole = sizes.reduce(0, +)
    var (bounds, before, next) = ([0.0], 0.0, 0)
    for rank in 1..<ranks.count {
      let wanted = whole * Double(rank) / Double(ranks.count)
      let most = files.count - (ranks.count - rank)
      // At least one file; then as long as the next one brings the sum nearer to what is wanted.
      repeat {
        before += sizes[next]
        next += 1
      } while next < most && abs(before + sizes[next] - wanted) < abs(before - wanted)
      bounds.append(Double(next))
    }
    return bounds + [Double(files.count)]
  }

  private func size(_ path: String) -> Double {
    var status = stat()
    return stat(path, &status) == 0 ? Double(status.st_size) : 0
  }

  // MARK: What all rows have in common

  /// Refuses files of one rank that are of another form than those of rank 0.
  ///
  /// - Throws: `RanksError`.
  func check(_ samples: RawSamples) throws {
    let areLabels = if case .labels = samples.targets { true } else { false }
    let targetCount = if case .values(let matrix) = samples.targets { matrix.columns } else { 1 }
    let kinds = samples.inputs.cells?.columns.map { $0.kind.rawValue } ?? []
    let facts: [(what: String, value: String)] = [
      ("the number of inputs", "\(samples.inputs.columns)"), ("the number of targets", "\(targetCount)"),
      ("the names of the columns", "\(samples.featureNames ?? []) \(samples.targetNames ?? [])"),
      ("whether columns hold numbers or categories (`columns` can say it)", "\(kinds)"),
      ("whether targets are numbers or names (`columns: {TARGET: categorical}` can say it)", "\(areLabels)"),
      ("the names of the classes", "\(samples.classLabels ?? [])"),
      ("the shape of the images", "\(String(describing: samples.sampleShape))"),
      ("the range of the values", "\(String(describing: samples.knownRange))"),
    ]
    let differing = try ranks.differing(facts.map { digest(of: $0.value.utf8) })
    let found = zip(facts, differing).filter { !$1.isEmpty }
    if found.isEmpty { return }
    throw RanksError(
      "the training files cannot be read as one: "
        + found.map { "\($0.what) differs between \(Ranks.list($1)) and rank 0" }.joined(separator: "; "))
  }

  /// What targets are, decided on those of all ranks.
  ///
  /// - Throws: `DataError` if they can be nothing that fits the network.
  func decision(on samples: RawSamples, outputs: Int, loss: Loss, areNumbers: Bool) throws -> TargetDecision {
    func decide(_ samples: RawSamples) throws -> TargetDecision {
      try TargetDecision(samples, outputs: outputs, loss: loss, areNumbers: areNumbers)
    }
    switch samples.targets {
    case .labels(let labels, let own):
      let classes = try common(own)
      let index = ClassIndex(classes)
      let places = own.map { index.place(of: $0) ?? 0 }
      return TargetDecision(.classes, .labels(labels.map { places[$0] }, classes: classes))
    case .values(let matrix) where matrix.columns == 1:
      let values = try distinct(matrix)
      let column = RawSamples(
        inputs: RawInputs(Matrix(rows: values.count, columns: 1)), targets: .values(Matrix(column: values)),
        targetNames: samples.targetNames, file: samples.file)
      let decision = try decide(column)
      guard case .labels(let labels, let classes) = decision.targets else {
        return TargetDecision(decision.kind, samples.targets)
      }
      let places = Dictionary(zip(values, labels)) { first, _ in first }
      return TargetDecision(
        .classes, .labels(matrix.withElements { $0.map { places[$0] ?? 0 } }, classes: classes))
    case .values:
      let own = try together { try decide(samples) }
      let kinds = Set(try gather([own.kind == .classes ? 0 : own.kind == .labels ? 1 : 2]).map { $0[0] })
      if kinds.count == 1 { return own }
      if kinds.contains(2) { return TargetDecision(.numbers, samples.targets) }
      // Some rank has a sample of several classes, or of none.
      var form = SampleForm(inputCount: samples.inputs.columns)
      form.targetKind = .labels
      return try together { try TargetDecision(samples, like: form, outputs: outputs, loss: loss) }
    }
  }

  /// What the columns of a table become: categories are those of all ranks.
  ///
  /// - Throws: `ConfigurationError` for columns that need more than that of all rows.
  func fit(_ cells: TableCells) throws -> [TableColumn] {
    for column in cells.columns where column.missing != .error && column.missing != .drop {
      throw ConfigurationError(
        (column.missingPlace ?? place).description,
        "`missing: \(column.missing.rawValue)` is found from all training rows, but with `data.sharding: files` each rank"
          + " reads its own; fill them before, or use `drop`")
    }
    var columns = try together { try cells.fit() }
    for index in columns.indices where columns[index].kind == .categorical {
      columns[index].categories = try common(columns[index].categories ?? [])
    }
    return columns
  }

  /// The names that any rank has.
  private func common(_ own: [String]) throws -> [String] {
    // No text has this byte.
    let separator: UInt8 = 0xff
    let bytes: [UInt8] = own.flatMap { Array($0.utf8) + [separator] }
    let all = try (0..<ranks.count).map { rank in
      try ranks.broadcast(bytes, from: rank).split(separator: separator, omittingEmptySubsequences: false).dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
    }
    return all.allSatisfy { $0 == all[0] } ? own : inOrder(Set(all.joined()))
  }

  /// The different values of all ranks, ascending; if some are not whole, few of each rank, one of them not whole.
  private func distinct(_ column: Matrix<Double>) throws -> [Double] {
    var own = Set(column.withElements { Array($0) })
    if let odd = own.first(where: { $0 != $0.rounded() }) {
      own = Set([own.min(), own.max(), odd].compactMap(\.self))
    }
    let bytes = own.sorted().flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
    let all = try (0..<ranks.count).map { rank in
      let bytes = try ranks.broadcast(bytes, from: rank)
      return stride(from: 0, to: bytes.count, by: 8).map { first in
        Double(bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[first + $1]) << (8 * $1) })
      }
    }
    return Set(all.joined()).sorted()
  }

  /// The number of samples of all ranks, and a number that follows from all rows as they were read, however many ranks
  /// read them.
  static func identity(of samples: RawSamples, _ gather: RankGather) throws -> (count: Int, checksum: UInt32) {
    let inputs = samples.inputs.checksum
    let targets = samples.targets.checksum
    let weights = samples.weights.map { Matrix(row: $0).rawChecksum } ?? (0, 0)
    let all = try gather(
      [Double(samples.count)] + [inputs, targets, weights].flatMap { [Double($0.checksum), Double($0.bytes)] })
    var checksum = UInt(0)
    for part in 0..<3 {
      for rank in all {
        checksum = crc32_combine(checksum, UInt(rank[1 + 2 * part]), Int(rank[2 + 2 * part]))
      }
    }
    return (all.reduce(0) { $0 + Int($1[0]) }, UInt32(truncatingIfNeeded: checksum))
  }

  /// A line about who reads what.
  func note(_ source: DataSource, own: Int, all: Int) -> String {
    "sharding: \(all) samples in \(source.parts.count) files are shared out among \(ranks.count) ranks; pictures of single"
      + " samples in the report show rank 0's \(own)"
  }
}

extension DataSource {
  /// The files of each part that one rank can read by itself.
  var parts: [(paths: [String], source: DataSource)] {
    switch self {
    case .csv(let csv):
      csv.files.map { path in
        var one = csv
        (one.path, one.more) = (path, [])
        return ([path], .csv(one))
      }
    case .several(let sources): sources.flatMap(\.parts)
    case .idx(let source): [([source.images, source.labels], self)]
    case .npy(let source):
      [(source.inputs == source.targets ? [source.inputs] : [source.inputs, source.targets], self)]
    case .fann(let source): [([source.path], self)]
    case .inline, .generator: []
    }
  }

  /// Some of its parts, as one source.
  fileprivate func part(_ range: Range<Int>) -> DataSource {
    if case .csv(var csv) = self {
      let files = Array(csv.files[range])
      (csv.path, csv.more) = (files[0], Array(files.dropFirst()))
      return .csv(csv)
    }
    let some = parts[range].map(\.source)
    return some.count == 1 ? some[0] : .several(some)
  }
}

extension RawInputs {
  fileprivate var checksum: (checksum: UInt32, bytes: Int) {
    guard let rows = byteRows else { return numbers.rawChecksum }
    return rows.bytes.withUnsafeBytes { crc($0) }
  }
}

extension RawTargets {
  fileprivate var checksum: (checksum: UInt32, bytes: Int) {
    switch self {
    case .values(let matrix): matrix.rawChecksum
    case .labels(let labels, _): labels.withUnsafeBytes { crc($0) }
    }
  }
}

extension Matrix {
  fileprivate var rawChecksum: (checksum: UInt32, bytes: Int) { withElements { crc(UnsafeRawBufferPointer($0)) } }
}

private func crc(_ bytes: UnsafeRawBufferPointer) -> (checksum: UInt32, bytes: Int) {
  (UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress, bytes.count)), bytes.count)
}
