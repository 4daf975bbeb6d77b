internal import CKernels

/// Which backend computes a network's products, and why.
public struct BackendChoice: Sendable {
  /// nil: the product that is part of nnkit.
  public let backend: MatrixBackend?
  /// One line: what it is, and why the others are not.
  public let reason: String

  /// What a configuration calls it.
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
  /// - Returns: The choice. A missing library does not throw: the reason then says what runs instead.
  /// - Throws: `UnknownFunctionError` if no plugin offers a backend of that name.
  public func backend<Scalar: NetworkScalar>(_ name: String? = nil, for precision: Scalar.Type) throws -> BackendChoice
  {
    if name == MatrixBackend.builtInName { return .builtIn(because: "asked for") }
    let builtInIsFastest = nnk_gemm_vector_bytes() >= 32
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
    functions[name] as? MatrixBackend
  }
}
