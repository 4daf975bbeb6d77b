internal import NIOConcurrencyHelpers
internal import NIOCore

/// Counts open connections, and lets no more in than there is room for.
final class ConnectionCounter: Sendable {
  static let limit = 64
  private let count = NIOLockedValueBox(0)

  /// Whether there was room; then the connection is counted until it closes.
  func enter(_ channel: any Channel) -> Bool {
    let hasRoom = count.withLockedValue { count in
      if count >= Self.limit { return false }
      count += 1
      return true
    }
    if hasRoom {
      channel.closeFuture.whenComplete { [self] _ in count.withLockedValue { $0 -= 1 } }
    }
    return hasRoom
  }
}
