import NNKit

/// Matrix backends, checked: a product is what its definition says.
struct BackendExamination: KindExamination {
  typealias Function = MatrixBackend
  static let checks = [PluginCheck.descriptor, .product]
  static let speeds: Speeds? = nil

  private let backend: MatrixBackend
  private let calling: (String) -> Void

  init(_ backend: MatrixBackend, _ context: ExaminationContext) {
    self.backend = backend
    calling = context.calling
  }

  func run(_ check: PluginCheck) throws -> Int { check == .product ? try products() : 1 }

  private func products() throws -> Int {
    calling("start")
    let status = backend.started()
    guard status.works else { throw SkippedCheck(reason: "it cannot work here: \(status.text)") }
    let count = try products(Double.self) + products(Float.self)
    guard count > 0 else { throw SkippedCheck(reason: "it leaves every product to the host") }
    return count
  }

  private func products<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    guard backend.offers(Scalar.self) else { return 0 }
    var random = RandomSource(seed: 13)
    let sizes = [1, 2, 3, 7, 16, 17, 64, 129]
    func size() -> Int { sizes.randomElement(using: &random) ?? 1 }
    var count = 0
    for number in 0..<200 {
      let product = CheckedProduct<Scalar>(
        m: size(), n: size(), k: size(), isATransposed: number & 1 != 0, isBTransposed: number & 2 != 0,
        alpha: [1, -0.5, 0][number % 3], beta: [0, 1, 0.25][number / 3 % 3], &random)
      calling(product.description)
      count += try product.check(by: backend)
    }
    return count
  }
}

/// One product with its numbers; rows of C lie apart, and what is between them must stay.
private struct CheckedProduct<Scalar: NetworkScalar>: CustomStringConvertible {
  let m: Int
  let n: Int
  let k: Int
  let isATransposed: Bool
  let isBTransposed: Bool
  let alpha: Scalar
  let beta: Scalar
  private let a: [Scalar]
  private let b: [Scalar]
  private let c: [Scalar]
  private let gap = 3

  init(
    m: Int, n: Int, k: Int, isATransposed: Bool, isBTransposed: Bool, alpha: Scalar, beta: Scalar,
    _ random: inout RandomSource
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.isATransposed, self.isBTransposed) = (isATransposed, isBTransposed)
    (self.alpha, self.beta) = (alpha, beta)
    func numbers(_ count: Int) -> [Scalar] { (0..<count).map { _ in Scalar(random.normal()) } }
    (a, b) = (numbers(m * k), numbers(k * n))
    // With beta = 0 what C held before must not matter.
    c = beta == 0 ? [Scalar](repeating: .nan, count: m * (n + gap)) : numbers(m * (n + gap))
  }

  private var aStrides: (Int, Int) { isATransposed ? (1, m) : (k, 1) }
  private var bStrides: (Int, Int) { isBTransposed ? (1, k) : (n, 1) }

  var description: String {
    let (a, b) = (aStrides, bStrides)
    return "product\(Scalar.self == Float.self ? "_float" : "")(m: \(m), n: \(n), k: \(k), alpha: \(alpha),"
      + " a_row: \(a.0), a_column: \(a.1), b_row: \(b.0), b_column: \(b.1), beta: \(beta), c_row: \(n + gap))"
  }

  /// What the backend makes of C; nil if it leaves this product to the host.
  private func result(by backend: MatrixBackend) -> [Scalar]? {
    var c = c
    let done = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return false }
          return backend.multiply(
            GEMM(
              m, n, k, alpha: alpha, StridedMatrix(a, row: aStrides.0, column: aStrides.1),
              StridedMatrix(b, row: bStrides.0, column: bStrides.1), beta: beta, c, cRow: n + gap))
        }
      }
    }
    return done ? c : nil
  }

  func check(by backend: MatrixBackend) throws -> Int {
    guard let found = result(by: backend) else { return 0 }
    guard let again = result(by: backend), zip(found, again).allSatisfy({ $0 == $1 || $0.isNaN && $1.isNaN }) else {
      throw Finding(description, found: "another result the second time", expected: "the same bytes")
    }
    for i in 0..<m {
      for j in 0..<n + gap {
        let (place, value) = (i * (n + gap) + j, found[i * (n + gap) + j])
        if j >= n {
          guard value == c[place] || value.isNaN && c[place].isNaN else {
            throw Finding(description, found: "\(value) behind row \(i) of C", expected: "\(c[place]), untouched")
          }
          continue
        }
        let (expected, size) = expected(i, j)
        guard abs(Double(value) - expected) <= 8 * Double(Scalar.ulpOfOne) * max(size, 1e-30) else {
          throw Finding(description, found: "C[\(i), \(j)] = \(value)", expected: "\(expected)")
        }
      }
    }
    return m * n
  }

  /// An element of C by its definition, and the sum of its terms' sizes, which bounds its rounding.
  private func expected(_ i: Int, _ j: Int) -> (value: Double, size: Double) {
    let start = beta == 0 ? 0 : Double(beta) * Double(c[i * (n + gap) + j])
    return (0..<k).reduce((start, abs(start))) { sum, p in
      let term =
        Double(alpha) * Double(a[i * aStrides.0 + p * aStrides.1]) * Double(b[p * bStrides.0 + j * bStrides.1])
      return (sum.0 + term, sum.1 + abs(term))
    }
  }
}
