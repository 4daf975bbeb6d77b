import Dispatch
import Testing

/// Has tests that wait much run on threads of their own, beside the others.
///
/// Each time such a test waits, it would otherwise come behind all tests that have not begun, and do most of its work when
/// these are done and a processor is idle.
struct OwnThreads: TestTrait, SuiteTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(Threads.shared) { try await function() }
  }

  private final class Threads: TaskExecutor {
    static let shared = Threads()
    private let queue = DispatchQueue(label: "tests that wait", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
}

extension Trait where Self == OwnThreads {
  static var onOwnThreads: Self { OwnThreads() }
}
