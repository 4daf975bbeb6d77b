import CNNKit
import Foundation
import NNKit
import Testing

/// A bundled function as its C description, for calls that the host never makes: rows with gaps, empty blocks.
enum RawFunction {
  case activation(nnkit_activation, parameters: [Double])
  case loss(nnkit_loss, parameters: [Double])

  init(_ name: String) throws {
    let function = try #require(bundled().functions[name])
    let library = try #require(dlopen(function.information.file, RTLD_NOW | RTLD_LOCAL))
    let symbol = try #require(dlsym(library, "nnkit_plugin_entry"))
    typealias Entry = @convention(c) (UInt32) -> UnsafePointer<nnkit_plugin>?
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let plugin = try #require(entry(NNKIT_ABI_MAJOR)).pointee
    for index in 0..<Int(plugin.function_count) {
      guard let head = plugin.functions?[index], let text = head.pointee.name, String(cString: text) == name else {
        continue
      }
      let parameters = (0..<Int(head.pointee.parameter_count)).compactMap {
        head.pointee.parameters?[$0].default_value
      }
      let start = UnsafeRawPointer(head)
      switch function.kind {
      case .activation: self = .activation(start.load(as: nnkit_activation.self), parameters: parameters)
      case .loss: self = .loss(start.load(as: nnkit_loss.self), parameters: parameters)
      default: throw CocoaError(.featureUnsupported)
      }
      return
    }
    throw CocoaError(.featureUnsupported)
  }
}

/// A block of `neurons` × `columns` whose rows begin `stride` apart.
func rawBlock(_ neurons: Int, _ columns: Int, stride: Int) -> nnkit_block {
  nnkit_block(
    struct_size: UInt32(MemoryLayout<nnkit_block>.size), flags: 0, neurons: neurons, columns: columns,
    row_stride: stride)
}
