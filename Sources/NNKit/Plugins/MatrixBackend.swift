internal import CKernels
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

/// Which backend computes a network's products, and why.
public struct BackendChoice: Sendable {
  /// nil: the product that is part of nnkit.
  public let backend: MatrixBackend?
  /// One line: what it is, and why the others are not.
  public let reason: String

  public var name: String { backend?.name ?? MatrixBackend.builtInName }

  /// The product that is part of nnkit.
  package static func builtIn(because reason: String) -> BackendChoice { BackendChoice(backend: nil, reason: reason) }
}

extension Plugins {
  /// The backends that `auto` tries where the built-in product is not the fastest, in this order; others are used only by
  /// name.
  static let preferredBackends = ["onednn", "blas"]

  /// The backend for products of a precision: the one that is asked for if it works here, else the fastest that does.
  ///
  /// On processors with AVX2 or AVX-512 the fastest is the product that is part of nnkit, as measured: Benchmarks/RESULTS.md has its
  /// rates beside oneDNN's.
  ///
  /// - Parameters:
  ///   - name: A backend's name, `builtin`, or nil (`auto`).
  ///   - precision: The numbers to multiply.
  /// - Returns: The choice. A backend whose library is missing is no error: the reason then says what runs instead.
  /// - Throws: `UnknownFunctionError` if no plugin offers a backend of that name.
  public func backend<Scalar: NetworkScalar>(_ name: String? = nil, for precision: Scalar.Type) throws -> BackendChoice
  {
    if name == MatrixBackend.builtInName { return .builtIn(because: "asked for") }
    let builtInIsFastest = nnk_product_vector_bytes() >= 32
    if name == nil, builtInIsFastest { return .builtIn(because: "the fastest on this processor") }
    if let name, self.backend(named: name) == nil { throw unknown(name, .backend) }
    var obstacles: [String] = []
    let others = builtInIsFastest ? [] : Self.preferredBackends.filter { $0 != name }
    for candidate in [name].compactMap({ $0 }) + others {
      guard let backend = self.backend(named: candidate) else { continue }
      guard backend.offers(Scalar.self) else {
        obstacles.append("\(candidate): has no products in \(Scalar.precisionName)")
        continue
      }
      let status = backend.started()
      if status.works {
        return BackendChoice(backend: backend, reason: ([status.text] + obstacles).joined(separator: "; "))
      }
      obstacles.append("\(candidate): \(status.text)")
    }
    return .builtIn(because: obstacles.isEmpty ? "no other is there" : obstacles.joined(separator: "; "))
  }

  private func backend(named name: String) -> MatrixBackend? {
    if case .backend(let backend)? = functions[name] { backend } else { nil }
  }
}
