internal import CNNKit
internal import Synchronization

/// What computes a layer's matrix multiplications: a library that a plugin has found.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class MatrixBackend: @unchecked Sendable {
  /// What a configuration calls the product that is part of nnkit.
  public static let builtInName = "builtin"

  typealias Start = @convention(c) (UnsafeMutablePointer<CChar>?, Int) -> Int32

  /// Its name, summary, formula and file.
  public let information: FunctionInformation
  let raw: nnkit_backend
  private let start: Start
  private let status = Mutex<Status?>(nil)

  /// Whether a backend can work here, and what it says of that.
  public struct Status: Sendable, Equatable {
    /// Whether it can work here.
    public let works: Bool
    /// What it found ("oneDNN 2.6.3, libdnnl.so.2"), or why it cannot work.
    public let text: String
  }

  init(information: FunctionInformation, raw: nnkit_backend, start: @escaping Start) {
    self.information = information
    self.raw = raw
    self.start = start
  }

  /// What a configuration calls it.
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

  /// C = alpha · A · B + beta · C; false if it has no multiplication in this precision, or reports a failure.
  package func multiply<Scalar: NetworkScalar>(_ gemm: GEMM<Scalar>) -> Bool {
    let (a, b) = (gemm.a, gemm.b)
    if Scalar.self == Float.self {
      let code = raw.product_float?(
        gemm.m, gemm.n, gemm.k, Float(gemm.alpha), a.base.of(Float.self), a.row, a.column, b.base.of(Float.self), b.row,
        b.column, Float(gemm.beta), gemm.c.of(Float.self), gemm.cRow)
      return code == 0
    }
    let code = raw.product?(
      gemm.m, gemm.n, gemm.k, Double(gemm.alpha), a.base.of(Double.self), a.row, a.column, b.base.of(Double.self),
      b.row,
      b.column, Double(gemm.beta), gemm.c.of(Double.self), gemm.cRow)
    return code == 0
  }
}
