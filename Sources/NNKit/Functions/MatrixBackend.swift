internal import CNNKit
internal import Synchronization

/// Who computes the products of a layer's matrices: a library that a plugin has found.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class MatrixBackend: @unchecked Sendable {
  /// What a configuration calls the product that is part of nnkit.
  public static let builtInName = "builtin"

  typealias Start = @convention(c) (UnsafeMutablePointer<CChar>?, Int) -> Int32

  public let information: FunctionInformation
  let raw: nnkit_backend
  private let start: Start
  private let status = Mutex<Status?>(nil)

  /// Whether a backend can work here, and what it says of that.
  public struct Status: Sendable, Equatable {
    public let works: Bool
    /// What it found ("oneDNN 2.6.3, libdnnl.so.2"), or why it cannot work.
    public let text: String
  }

  init(information: FunctionInformation, raw: nnkit_backend, start: @escaping Start) {
    self.information = information
    self.raw = raw
    self.start = start
  }

  public var name: String { information.name }

  /// Has the backend look for what it needs, the first time it is asked.
  public func started() -> Status {
    status.withLock { status in
      if let status { return status }
      var text = [CChar](repeating: 0, count: 256)
      let code = start(&text, text.count)
      text[text.count - 1] = 0
      let words = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let answer = Status(works: code == 0, text: words.isEmpty && code != 0 ? "its start returned \(code)" : words)
      status = answer
      return answer
    }
  }

  /// Whether it computes products of this precision.
  public func offers<Scalar: NetworkScalar>(_: Scalar.Type) -> Bool {
    Scalar.self == Float.self ? raw.product_float != nil : raw.product != nil
  }
}
