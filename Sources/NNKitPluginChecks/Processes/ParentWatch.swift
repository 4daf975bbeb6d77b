import Glibc

/// Ends this process, and what it has started, once the process that started it is gone without having ended it.
package enum ParentWatch {
  /// - Parameter parent: The number of that process, which may be gone already.
  package static func start(_ parent: Int32) {
    var thread = pthread_t()
    // The process's own thread may be in a function that never returns.
    pthread_create(
      &thread, nil,
      { parent in
        while getppid() == pid_t(truncatingIfNeeded: Int(bitPattern: parent)) { usleep(250_000) }
        kill(getpid(), SIGTERM)
        // This thread may get the signal, which would end a single long sleep.
        let deadline = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < deadline { usleep(50_000) }
        kill(0, SIGKILL)
        return nil
      }, UnsafeMutableRawPointer(bitPattern: Int(parent)))
  }
}
