internal import CNNKitSystem
internal import Synchronization

/// Work that the calling thread does while others begin with theirs.
package struct OverlappedTask<Failure: Error> {
  let work: () throws(Failure) -> Void

  package init(_ work: @escaping () throws(Failure) -> Void) { self.work = work }
}

extension OverlappedTask where Failure == any Error {
  /// Has `body` do the work where nothing can be thrown, and throws its error afterwards.
  func keepingErrors(_ body: (OverlappedTask<Never>) -> Void) throws {
    var failure: (any Error)?
    body(OverlappedTask<Never> { do { try self.work() } catch { failure = error } })
    if let failure { throw failure }
  }
}

/// Threads that share the work of a pass.
package final class ThreadPool: @unchecked Sendable {
  /// How many threads there are, the caller's included.
  package let count: Int
  /// nil where the caller works alone.
  private let threads: OpaquePointer?

  package init(_ count: Int) {
    self.count = count
    threads = count > 1 ? nnk_threads_new(count - 1) : nil
  }

  deinit {
    nnk_threads_free(threads)
    roomBytes?.deallocate()
  }

  /// Calls `body` with parts of 0..<count that together are all of it, on several threads if there is enough to do.
  ///
  /// The parts follow from the number of threads that were asked for; which thread does which does not.
  ///
  /// - Parameters:
  ///   - count: How much there is to do.
  ///   - grain: How much a part must be, so that a thread gains more than its waking costs (about a microsecond).
  ///   - alignment: Parts begin at multiples of this, where whole vectors or tiles begin.
  ///   - overlapping: What else there is to do; the calling thread does it, while others begin.
  ///   - body: Does one part; it is called for several at once.
  /// - Throws: One of the errors thrown, after all parts have ended.
  package func parallelFor<Failure: Error>(
    _ count: Int, grain: Int, alignment: Int, overlapping: OverlappedTask<Failure>? = nil,
    _ body: (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    let units = (count + alignment - 1) / alignment
    let chunks = even(min(4 * self.count, count / max(1, grain), units))
    try run(chunks: chunks, overlapping: overlapping) { (chunk) throws(Failure) in
      let part = cut(units, into: chunks, chunk)
      try body(part.lowerBound * alignment..<min(count, part.upperBound * alignment))
    }
  }

  /// So many chunks, or a few less, that each thread has as many as all others.
  func even(_ chunks: Int) -> Int { chunks > count ? chunks / count * count : max(1, chunks) }

  /// Calls `body` with each number below `chunks`, on several threads; by the calling thread alone if there is one.
  ///
  /// - Throws: One of the errors thrown, after all chunks have ended.
  func run<Failure: Error>(
    chunks: Int, overlapping: OverlappedTask<Failure>?, _ body: (Int) throws(Failure) -> Void
  ) throws(Failure) {
    guard chunks > 1, let threads else {
      try overlapping?.work()
      for chunk in 0..<chunks { try body(chunk) }
      return
    }
    let failure = Mutex<Failure?>(nil)
    func keepingErrors(_ work: () throws(Failure) -> Void) {
      do throws(Failure) { try work() } catch { failure.withLock { $0 = $0 ?? error } }
    }
    run(
      threads, chunks, { chunk in keepingErrors { () throws(Failure) in try body(chunk) } },
      { if let overlapping { keepingErrors(overlapping.work) } })
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func run(_ threads: OpaquePointer, _ chunks: Int, _ body: (Int) -> Void, _ overlapping: () -> Void) {
    typealias Jobs = (body: (Int) -> Void, overlapping: () -> Void)
    withoutActuallyEscaping(body) { body in
      withoutActuallyEscaping(overlapping) { overlapping in
        var jobs: Jobs = (body, overlapping)
        withUnsafeMutablePointer(to: &jobs) { jobs in
          nnk_threads_run(
            threads, chunks, { jobs, chunk in jobs?.assumingMemoryBound(to: Jobs.self).pointee.body(chunk) },
            { jobs in jobs?.assumingMemoryBound(to: Jobs.self).pointee.overlapping() }, jobs)
        }
      }
    }
  }

  // MARK: Memory

  private var roomBytes: UnsafeMutableRawBufferPointer?

  /// Memory for `count` numbers that all threads read, valid until the next call; one pass at a time may use it.
  func room<Scalar>(_ count: Int, of _: Scalar.Type) -> UnsafeMutablePointer<Scalar>? {
    let bytes = count * MemoryLayout<Scalar>.stride
    if (roomBytes?.count ?? 0) < bytes {
      roomBytes?.deallocate()
      roomBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    }
    return roomBytes?.baseAddress?.bindMemory(to: Scalar.self, capacity: count)
  }
}

/// Part number `number` of `parts` of 0..<count that differ by one at most.
func cut(_ count: Int, into parts: Int, _ number: Int) -> Range<Int> {
  count * number / parts..<count * (number + 1) / parts
}
