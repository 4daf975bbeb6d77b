internal import CKernels
internal import Synchronization

/// Work that the calling thread does while others begin with theirs.
package struct Beside<Failure: Error> {
  /// As how much of what is shared out it counts.
  var cost: Int
  let work: () throws(Failure) -> Void

  package init(cost: Int, _ work: @escaping () throws(Failure) -> Void) {
    self.cost = cost
    self.work = work
  }
}

extension Beside where Failure == any Error {
  /// Has `body` do the work where nothing can be thrown, and throws its error afterwards.
  func keepingErrors(_ body: (Beside<Never>) -> Void) throws {
    var failure: (any Error)?
    body(Beside<Never>(cost: cost) { do { try self.work() } catch { failure = error } })
    if let failure { throw failure }
  }
}

/// Threads that share the work of a pass.
package final class Workers: @unchecked Sendable {
  /// How many threads there are, the caller's included.
  package let count: Int
  /// nil where the caller works alone.
  private let threads: OpaquePointer?

  package init(_ count: Int) {
    self.count = count
    threads = count > 1 ? nnk_threads_new(count - 1) : nil
  }

  deinit { nnk_threads_free(threads) }

  /// Calls `body` with parts of 0..<count that together are all of it, on several threads if each gets enough.
  ///
  /// - Parameters:
  ///   - count: How much there is to do.
  ///   - least: How much one thread must have, so that it gains more than its waking costs (about a microsecond).
  ///   - multiple: Parts begin at multiples of this, where whole vectors or tiles begin.
  ///   - beside: What else there is to do; the calling thread does it, while others begin, and has a smaller part.
  ///   - body: Does one part; it is called for several at once.
  /// - Throws: One of the errors thrown, after all parts have ended.
  package func share<Failure: Error>(
    _ count: Int, atLeast least: Int, multiple: Int, beside: Beside<Failure>? = nil,
    _ body: (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    let parts = min(self.count, count / max(1, least), count / multiple)
    guard parts > 1, let threads else {
      try beside?.work()
      return try body(0..<count)
    }
    // In multiples: how much there is, what the caller is spared, and what it and each other thread take.
    let units = (count + multiple - 1) / multiple
    let spared = ((beside?.cost ?? 0) + multiple / 2) / multiple
    let own = max(0, (units + spared) / parts - spared)
    let each = (units - own + parts - 2) / (parts - 1)
    let failure = Mutex<Failure?>(nil)
    run(threads, parts) { part in
      do throws(Failure) {
        if part == 0 { try beside?.work() }
        let first = (part == 0 ? 0 : own + (part - 1) * each) * multiple
        let end = min(count, part == 0 ? own * multiple : first + each * multiple)
        if first < end { try body(first..<end) }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func run(_ threads: OpaquePointer, _ parts: Int, _ job: (Int) -> Void) {
    withoutActuallyEscaping(job) { job in
      var job = job
      withUnsafeMutablePointer(to: &job) { job in
        nnk_threads_run(
          threads, parts,
          { job, part in job?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(part) }, job)
      }
    }
  }
}
