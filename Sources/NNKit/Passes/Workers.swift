internal import CKernels

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
  ///   - body: Does one part; it is called for several at once.
  package func share(_ count: Int, atLeast least: Int, multiple: Int, _ body: (Range<Int>) -> Void) {
    let parts = min(self.count, count / max(1, least), count / multiple)
    guard parts > 1, let threads else { return body(0..<count) }
    let share = ((count + multiple - 1) / multiple + parts - 1) / parts * multiple
    withoutActuallyEscaping(body) { body in
      var job: (Int) -> Void = { part in
        let first = part * share
        if first < count { body(first..<min(first + share, count)) }
      }
      withUnsafeMutablePointer(to: &job) { job in
        nnk_threads_run(
          threads, parts,
          { job, part in job?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(part) }, job)
      }
    }
  }
}

/// What a pass computes with.
package struct Compute {
  let engine: Engine
  let workers: Workers
  let backend: MatrixBackend?

  package init(engine: Engine, workers: Workers, backend: MatrixBackend?) {
    self.engine = engine
    self.workers = workers
    self.backend = backend
  }
}
