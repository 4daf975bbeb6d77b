internal import CZlib
internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#endif

/// A run's file for TensorBoard: `tensorboard --logdir runs` shows it.
///
/// Each epoch has its metrics; the epochs whose layers are looked at also have how weights, outputs and local gradients are
/// spread, what the first neurons of the first layer look for where inputs are pictures, and the kernels of windows.
struct TensorBoardLog {
  private let path: String

  /// Continues the file of a run that has had `epochs`, or begins one.
  ///
  /// - Throws: `FileError` if it cannot be read or written.
  init<Scalar: NetworkScalar>(in folder: RunFolder, after epochs: Int, _ network: Network<Scalar>) throws {
    if let former = folder.eventFile {
      path = former
      let file = try WholeFile.read(former)
      let kept = EventFile.records(in: file, upTo: epochs)
      if kept.count < file.count { try WholeFile.write(kept, to: former) }
      if !kept.isEmpty { return }
    } else {
      path = folder.newEventFile(at: time(nil))
    }
    try WholeFile.write(EventFile.beginning(wallTime: Self.now, graph: Self.graph(network)), to: path)
  }

  private static var now: Double { Date().timeIntervalSince1970 }

  private static func graph<Scalar: NetworkScalar>(_ network: Network<Scalar>) -> [EventFile.Node] {
    var nodes = [EventFile.Node(name: "inputs", operation: "\(network.inputCount) inputs", inputs: [])]
    for (index, layer) in network.layers.enumerated() {
      let kinds = layer.kindNames.isEmpty ? "" : layer.kindNames.joined(separator: ", ") + ", "
      nodes.append(
        EventFile.Node(
          name: "layer_\(index)",
          operation: "\(layer.neurons.count) neurons, \(kinds)\(layer.activation.map { "\($0)" } ?? "mixed")",
          inputs: layer.sources.resolved(of: index).map { source in
            if case .layer(let number) = source { nodes[number + 1].name } else { nodes[0].name }
          }))
    }
    return nodes
  }

  // MARK: Epochs

  /// Adds an epoch's figures.
  ///
  /// - Parameters:
  ///   - report: The epoch's metrics.
  ///   - seen: How the layers' outputs and local gradients were spread, if they were looked at.
  ///   - network: The network after the epoch.
  ///   - shape: How inputs are a picture, if they are.
  /// - Throws: `FileError` if the file cannot be written.
  func add<Scalar: NetworkScalar>(
    _ report: EpochReport, seen: [LayerSpread]?, _ network: Network<Scalar>, shape: ImageShape?
  ) throws {
    let step = report.epoch + 1
    var values: [(tag: String, value: EventFile.Value)] = []
    for (name, metrics) in [("train", report.train), ("validation", report.validation), ("test", report.test)] {
      guard let metrics else { continue }
      values.append(("loss/\(name)", .scalar(metrics.loss)))
      if let accuracy = metrics.accuracy { values.append(("accuracy/\(name)", .scalar(accuracy))) }
    }
    values.append(("training/learning_rate", .scalar(report.learningRate)))
    values.append(("training/samples_per_second", .scalar(report.samplesPerSecond)))
    if let seen {
      for (index, layer) in network.layers.enumerated() {
        if layer.weights.columns > 0 {
          values.append(("layer_\(index)/weights", .histogram(layer.weights.spread.buckets)))
        }
        values.append(("layer_\(index)/biases", .histogram(layer.biases.spread.buckets)))
        values.append(("layer_\(index)/outputs", .histogram(seen[index].outputs.buckets)))
        values.append(("layer_\(index)/local_gradient_sizes", .histogram(seen[index].gradients.buckets)))
      }
      values += Self.pictures(network, shape)
    }
    try append(EventFile.record(step: step, wallTime: Self.now, values))
  }

  private func append(_ bytes: [UInt8]) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.system(path, "be written") }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.system(path, "be written") }
      written += count
    }
  }

  // MARK: Pictures

  private static func pictures<Scalar: NetworkScalar>(
    _ network: Network<Scalar>, _ shape: ImageShape?
  ) -> [(tag: String, value: EventFile.Value)] {
    network.layers.enumerated().flatMap { index, layer in
      if let window = layer.wiring.window {
        let size = (rows: window.kernel.height, columns: window.kernel.width)
        return pictures(of: layer, index, size, channels: window.channels / window.groups, scale: 8)
      }
      guard index == 0, let shape, shape.rows * shape.columns == layer.fanIn else { return [] }
      return pictures(of: layer, index, (shape.rows, shape.columns), channels: 1, scale: 1)
    }
  }

  /// The weights of a layer's first neurons, each channel a picture beside the other, a pixel `scale` pixels wide.
  private static func pictures<Scalar: NetworkScalar>(
    of layer: Layer<Scalar>, _ index: Int, _ size: (rows: Int, columns: Int), channels: Int, scale: Int
  ) -> [(tag: String, value: EventFile.Value)] {
    let shown = min(channels, 16)
    let count = channels * size.rows * size.columns
    guard size.rows * size.columns > 1, layer.weights.columns >= count else { return [] }
    let rows = Array(0..<min(16, layer.neurons.count))
    let bytes = layer.weights.signedBytes(rows, count: count).bytes
    // A white line of one weight's width between channels.
    let width = (shown * (size.columns + 1) - 1) * scale
    return rows.compactMap { row in
      var pixels = [UInt8](repeating: 255, count: width * size.rows * scale)
      for y in 0..<size.rows * scale {
        for x in 0..<width where x / scale % (size.columns + 1) < size.columns {
          let (channel, column) = (x / scale / (size.columns + 1), x / scale % (size.columns + 1))
          pixels[y * width + x] = bytes[row * count + (channel * size.rows + y / scale) * size.columns + column]
        }
      }
      return png(pixels, width: width).map {
        ("layer_\(index)/neuron_\(row)", .image(width: width, height: size.rows * scale, png: $0))
      }
    }
  }

  /// Grey pixels as a PNG (https://www.w3.org/TR/png): 8 bits, no filter.
  private static func png(_ pixels: [UInt8], width: Int) -> [UInt8]? {
    func bytes(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }
    func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
      let content = Array(name.utf8) + data
      return bytes(data.count) + content + bytes(Int(crc32_z(0, content, content.count)))
    }
    let rows = stride(from: 0, to: pixels.count, by: width).flatMap { [0] + pixels[$0..<$0 + width] }
    var size = compressBound(UInt(rows.count))
    var packed = [UInt8](repeating: 0, count: Int(size))
    guard compress(&packed, &size, rows, UInt(rows.count)) == Z_OK else { return nil }
    let head = bytes(width) + bytes(pixels.count / width) + [8, 0, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", head)
      + chunk("IDAT", Array(packed[..<Int(size)])) + chunk("IEND", [])
  }
}

extension Matrix {
  /// How its numbers are spread.
  fileprivate var spread: Histogram {
    var histogram = Histogram()
    withElements { for value in $0 { histogram.add(Float(value)) } }
    return histogram
  }
}
