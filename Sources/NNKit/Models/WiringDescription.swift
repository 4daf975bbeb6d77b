#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A sliding window as it stands in a saved model.
struct WindowDescription: Codable, Equatable {
  var channels: Int
  /// Height and width of each.
  var image, kernel, stride, dilation: [Int]
  /// Above, left, below, right.
  var padding: [Int]
  var groups: Int

  init(_ window: SlidingWindow) {
    channels = window.channels
    func pair(_ size: ImageSize) -> [Int] { [size.height, size.width] }
    (image, kernel) = (pair(window.image), pair(window.kernel))
    (stride, dilation) = (pair(window.stride), pair(window.dilation))
    padding = [window.padding.top, window.padding.left, window.padding.bottom, window.padding.right]
    groups = window.groups
  }

  /// - Throws: `NetworkError` if there is no such window.
  func window() throws -> SlidingWindow {
    func size(_ numbers: [Int]) throws -> ImageSize {
      guard numbers.count == 2 else { throw NetworkError("\(numbers) are no height and width", .model) }
      return ImageSize(height: numbers[0], width: numbers[1])
    }
    guard padding.count == 4 else { throw NetworkError("\(padding) are not four sides of padding", .model) }
    let image = try size(image)
    return try SlidingWindow(
      channels: channels, height: image.height, width: image.width, kernel: size(kernel), stride: size(stride),
      padding: Padding(top: padding[0], left: padding[1], bottom: padding[2], right: padding[3]),
      dilation: size(dilation), groups: groups)
  }
}

extension ModelDescription.Layer {
  func wiring(path: String, layer: Int) throws -> Wiring {
    if let dropout, !(dropout > 0 && dropout < 1) {
      throw FileError(path, "its description of layer \(layer) has the dropout \(dropout)")
    }
    guard let window else { return .dense }
    do {
      return .slidingWindow(try window.window())
    } catch {
      throw FileError(path, "its description of layer \(layer) has a window that cannot be: \(error)")
    }
  }

  /// Nil if it has some that cannot be.
  func layerSources(_ layer: Int) -> Sources? {
    guard let sources else { return .previous }
    guard sources.allSatisfy({ $0 >= -1 && $0 < layer }), !sources.isEmpty else { return nil }
    let all = sources.map { $0 < 0 ? Source.inputs : .layer($0) }
    switch join {
    case "add": return .added(all)
    case "concatenate", nil: return .concatenated(all)
    default: return nil
    }
  }

  /// The numbers of each neuron's inputs, inside nil where each has all; nil if they do not fit.
  func connectionLists(inputs: Int) -> [[Int]]?? {
    guard let connections else { return .some(nil) }
    guard let bytes = Data(base64Encoded: connections), bytes.count == (neurons * inputs + 7) / 8 else { return nil }
    let all = Array(bytes)
    return .some(
      (0..<neurons).map { neuron in
        (0..<inputs).filter { input in
          let bit = neuron * inputs + input
          return all[bit / 8] >> (bit % 8) & 1 == 1
        }
      })
  }
}

extension ConnectionBits {
  /// The bits in base 64.
  var text: String {
    var bytes = [UInt8](repeating: 0, count: (neurons * inputs + 7) / 8)
    for neuron in 0..<neurons {
      for input in 0..<inputs where self[neuron, input] {
        let bit = neuron * inputs + input
        bytes[bit / 8] |= 1 << (bit % 8)
      }
    }
    return Data(bytes).base64EncodedString()
  }
}

extension Sources {
  /// As saved models name them: −1 for the network's inputs.
  func numbers(of layer: Int) -> [Int] {
    resolved(of: layer).map { if case .layer(let number) = $0 { number } else { -1 } }
  }
}
