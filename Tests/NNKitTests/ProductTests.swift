import Foundation
import NNKit
import Synchronization
import Testing

/// The matrix products against sums in double precision, for every way they are computed.
@Suite struct ProductTests {
  /// m, n, k around the edges of tiles, panels and vectors, and one column or row.
  static let shapes = [
    (1, 1, 1), (3, 1, 2), (8, 32, 4), (13, 33, 7), (30, 10, 784), (30, 784, 10), (10, 100, 10), (7, 10, 65),
    (17, 1, 100), (1, 17, 100), (100, 17, 1), (64, 64, 300), (50, 520, 70), (520, 50, 260), (9, 31, 513),
    (200, 150, 40), (71, 140, 260), (255, 1, 300), (513, 1, 33), (15, 1, 600),
  ]

  private func check<Scalar: NetworkScalar>(
    _ shape: (m: Int, n: Int, k: Int), _ pass: PassContext, as _: Scalar.Type, tolerance: Double
  ) throws {
    let (m, n, k) = shape
    var random = RandomSource(seed: 1)
    func numbers(_ count: Int) -> [Scalar] { (0..<count).map { _ in Scalar(random.uniform() - 0.5) } }
    let (a, b, c) = (numbers(m * k), numbers(k * n), numbers(m * n))
    let (first, second) = try (Matrix([a]), Matrix([b]))
    for (turnsA, turnsB) in [(false, false), (true, false), (false, true), (true, true)] {
      for (alpha, beta) in [(1.0, 0.0), (-0.25, 1.0), (0.5, 0.75)] {
        let (aRow, aColumn) = turnsA ? (1, m) : (k, 1)
        let (bRow, bColumn) = turnsB ? (1, k) : (n, 1)
        var result = c
        result.withUnsafeMutableBufferPointer { result in
          guard let place = result.baseAddress else { return }
          GEMM(
            m, n, k, alpha: Scalar(alpha), StridedMatrix(first.base, row: aRow, column: aColumn),
            StridedMatrix(second.base, row: bRow, column: bColumn), beta: Scalar(beta), place, cRow: n
          ).run(pass)
        }
        var worst = 0.0
        for i in 0..<m {
          for j in 0..<n {
            let sum = (0..<k).reduce(0.0) {
              $0 + Double(a[i * aRow + $1 * aColumn]) * Double(b[$1 * bRow + j * bColumn])
            }
            worst = max(worst, abs(Double(result[i * n + j]) - (alpha * sum + beta * Double(c[i * n + j]))))
          }
        }
        #expect(worst <= tolerance, "\(shape), turned \(turnsA) \(turnsB), α \(alpha), β \(beta)")
      }
    }
  }

  @Test("the built-in product gives the sums, whatever the shape", arguments: shapes)
  func builtIn(_ shape: (Int, Int, Int)) throws {
    let pass = PassContext(threadPool: ThreadPool(1))
    try check(shape, pass, as: Float.self, tolerance: 2e-5)
    try check(shape, pass, as: Double.self, tolerance: 1e-13)
  }

  @Test("a pass over no samples gives no outputs", arguments: [1, 2])
  func noSamples(_ threads: Int) throws {
    func check<Scalar: NetworkScalar>(as _: Scalar.Type) throws {
      let tanh = try bundled().activation("tanh")
      let network: Network<Scalar> = try network([784, 30, 10], [tanh, tanh])
      network.threads = threads
      let samples = Matrix<Scalar>(rows: 5, columns: 784)
      #expect(try network.forward(Inputs(samples: samples, count: 5), isTraining: true).columns == 5)
      #expect(try network.forward(Inputs(samples: samples, count: 0)).columns == 0)
    }
    try check(as: Float.self)
    try check(as: Double.self)
  }

  @Test("a product shared out among threads gives the sums too", arguments: [2, 3])
  func shared(_ threads: Int) throws {
    let pass = PassContext(threadPool: ThreadPool(threads))
    for shape in [(200, 100, 120), (100, 300, 90)] {
      try check(shape, pass, as: Float.self, tolerance: 2e-5)
      try check(shape, pass, as: Double.self, tolerance: 1e-13)
    }
  }

  @Test("no number of a product depends on how many threads share it", arguments: [2, 5, 8])
  func sharedBytes(_ threads: Int) throws {
    let threadPool = ThreadPool(threads)
    for (m, n, k) in [(160, 64, 300), (70, 512, 100), (30, 784, 100), (10, 900, 256), (100, 10, 512), (133, 117, 65)] {
      var random = RandomSource(seed: 1)
      let (a, b, c) = try (
        Matrix<Float>(random.table(1, m * k)), Matrix<Float>(random.table(1, k * n)),
        Matrix<Float>(random.table(1, m * n))
      )
      for (turnsA, turnsB) in [(false, false), (true, false), (false, true), (true, true)] {
        let results = [ThreadPool(1), threadPool].map { threadPool in
          let result = Matrix<Float>(rows: 1, columns: m * n)
          result.assign(c)
          GEMM(
            m, n, k, alpha: -0.25, StridedMatrix(a.base, row: turnsA ? 1 : k, column: turnsA ? m : 1),
            StridedMatrix(b.base, row: turnsB ? 1 : n, column: turnsB ? k : 1), beta: 1, result.base, cRow: n
          ).run(PassContext(threadPool: threadPool))
          return result.values[0].map(\.bitPattern)
        }
        #expect(results[0] == results[1], "\(m) × \(n) × \(k), turned \(turnsA) \(turnsB)")
      }
    }
  }

  @Test("every backend that works here gives the sums, alone and from several threads", arguments: ["onednn", "blas"])
  func backends(_ name: String) throws {
    for threads in [1, 2] {
      let threadPool = ThreadPool(threads)
      for shape in Self.shapes + [(200, 100, 120), (100, 300, 90)] {
        if let backend = try bundled().backend(name, for: Float.self).backend {
          try check(
            shape, PassContext(threadPool: threadPool, backend: backend), as: Float.self, tolerance: 2e-5)
        }
        if let backend = try bundled().backend(name, for: Double.self).backend {
          try check(
            shape, PassContext(threadPool: threadPool, backend: backend), as: Double.self, tolerance: 1e-13)
        }
      }
    }
  }

  @Test("rows that are multiplied by 0 are left out, even if they are not finite")
  func zeros() {
    let (m, k) = (300, 520)
    let rows = Matrix<Float>(rows: k, columns: m)
    let factors = Matrix<Float>(rows: 1, columns: k)
    for p in 0..<k {
      rows.row(p).fill(p % 3 == 0 ? Float(p) : .infinity)
      factors[0, p] = p % 3 == 0 ? 0.5 : 0
    }
    let sums = Matrix<Float>(rows: m, columns: 1)
    GEMM(
      m, 1, k, alpha: 1, StridedMatrix(rows.base, row: 1, column: m), StridedMatrix(factors.base, row: 1, column: 1),
      beta: 0, sums.base, cRow: 1
    ).run(PassContext(threadPool: ThreadPool(1)))
    let expected = Float(stride(from: 0, to: k, by: 3).reduce(0, +)) / 2
    #expect(sums.values.allSatisfy { $0 == [expected] })
  }

  @Test(
    "work overlapping is the calling thread's, and what is shared out is done once each all the same",
    arguments: [1, 3])
  func sharingBeside(_ threads: Int) throws {
    let threadPool = ThreadPool(threads)
    for count in [0, 100, 1001] {
      let seen = Matrix<Double>(rows: 1, columns: max(1, count))
      var callers: [pthread_t] = []
      for _ in 0..<20 {
        threadPool.parallelFor(
          count, grain: 4, alignment: 8, overlapping: OverlappedTask { callers.append(pthread_self()) }
        ) {
          part in for index in part { seen[0, index] += 1 }
        }
      }
      #expect(callers.count == 20 && callers.allSatisfy { pthread_equal($0, pthread_self()) != 0 })
      #expect(seen.values[0].prefix(count).allSatisfy { $0 == 20 }, "\(count)")
    }
  }

  @Test("an error of one part is thrown when all have ended")
  func failing() throws {
    let threadPool = ThreadPool(3)
    let ended = Mutex(0)
    #expect(throws: NetworkError.self) {
      try threadPool.parallelFor(30, grain: 1, alignment: 10) { (part) throws(NetworkError) in
        ended.withLock { $0 += 1 }
        if part.contains(15) { throw NetworkError("part \(part)") }
      }
    }
    #expect(ended.withLock { $0 } == 3)
  }

  @Test("a thread that is late with its part is given none for a time, and then some again")
  func lateThread() {
    let (threadPool, caller) = (ThreadPool(2), pthread_self())
    /// Shares out 64 parts, of which those of the other thread take `seconds`; answers how many these were.
    func partsOfOther(taking seconds: Double) -> Int {
      let parts = Mutex(0)
      threadPool.parallelFor(64, grain: 8, alignment: 8) { part in
        if pthread_equal(pthread_self(), caller) != 0 {
          usleep(100)
        } else {
          parts.withLock { $0 += 1 }
          usleep(UInt32(seconds * 1e6))
        }
      }
      return parts.withLock { $0 }
    }
    func waitForOther(taking seconds: Double) -> Int {
      let clock = ContinuousClock()
      let start = clock.now
      while clock.now - start < .seconds(20) {
        let parts = partsOfOther(taking: seconds)
        if parts > 0 { return parts }
      }
      return 0
    }
    // It comes late, holds one part, and finds the others done; the more often, the longer it rests.
    for _ in 0..<4 { #expect(waitForOther(taking: 0.1) == 1) }
    #expect(partsOfOther(taking: 0) == 0)
    #expect(waitForOther(taking: 0) > 0)
  }

  @Test("a thread that does all parts while the calling thread does something else is not late")
  func threadThatDoesAll() {
    let (threadPool, caller) = (ThreadPool(2), pthread_self())
    for call in 0..<5 {
      let parts = Mutex(0)
      // The other thread is at its second part when the calling thread comes and finds none left.
      threadPool.parallelFor(
        16, grain: 8, alignment: 8, overlapping: OverlappedTask<Never> { usleep(100_000) }
      ) { _ in
        if pthread_equal(pthread_self(), caller) != 0 { return }
        parts.withLock { $0 += 1 }
        usleep(70_000)
      }
      #expect(parts.withLock { $0 } > 0, "call \(call)")
    }
  }

  @Test("work is shared out once each, in order of parts, however much there is")
  func sharing() {
    let threadPool = ThreadPool(3)
    for count in [0, 1, 7, 24, 100, 1001] {
      let seen = Matrix<Double>(rows: 1, columns: max(1, count))
      for _ in 0..<20 {
        threadPool.parallelFor(count, grain: 4, alignment: 8) { part in
          for index in part { seen[0, index] += 1 }
        }
      }
      #expect(seen.values[0].prefix(count).allSatisfy { $0 == 20 }, "\(count)")
    }
  }
}
