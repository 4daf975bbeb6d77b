internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOWebSocket

/// A page that is open somewhere.
final class SocketClient: Sendable {
  /// What a page last asked for.
  struct Wish: Sendable {
    /// It has shown what it got, and can take the next state.
    var isReady = false
    /// The neuron that it shows in full: layer, index and, if it is not the first, the training sample.
    var selection: [Int]?
    /// The number of the state that it has; 0 for none.
    var version = 0
    /// The number of the setup that it has.
    var setupVersion = 0
  }

  private let channel: any Channel
  let wish = NIOLockedValueBox(Wish())

  init(_ channel: any Channel) { self.channel = channel }

  /// Ends a connection that does not keep to what pages send.
  func refuse(_ reason: String) { close(.policyViolation, reason) }

  /// Ends the connection, and says why in words of at most 123 bytes.
  func close(_ code: WebSocketErrorCode, _ reason: String) {
    var data = channel.allocator.buffer(capacity: 125)
    data.write(webSocketErrorCode: code)
    data.writeString(reason)
    let channel = channel
    channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  func send(_ text: String) {
    channel.writeAndFlush(
      WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text)), promise: nil)
  }
}

/// The pages that are open, few enough.
final class SocketClients: Sendable {
  static let limit = 16
  private let clients = NIOLockedValueBox<[SocketClient]>([])

  var all: [SocketClient] { clients.withLockedValue { $0 } }
  var hasRoom: Bool { all.count < Self.limit }

  func add(_ client: SocketClient) { clients.withLockedValue { $0.append(client) } }
  func remove(_ client: SocketClient) { clients.withLockedValue { all in all.removeAll { $0 === client } } }
}
