internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket
internal import NNKit

/// Serves its pages and their sockets on this machine alone, to few clients and in small bites.
///
/// Bounds: 64 connections, 16 of them sockets; 16 KB and 10 s for a request; 16 KB for a message to the server, 200
/// messages a second; a socket that is silent for 25 s is closed.
final class PageServer: Sendable {
  /// What the server is asked for, on its event loop.
  struct Handlers: Sendable {
    /// The page of a name, with the policy and the nonce that its scripts need.
    let page: @Sendable (_ name: String, _ policy: String, _ nonce: String) -> [UInt8]
    /// Called with each message of a client, a text.
    let onMessage: @Sendable (_ text: String, _ client: SocketClient) -> Void
    let onOpen: @Sendable (SocketClient) -> Void
  }

  private let channel: any Channel
  let address: String
  let clients: SocketClients

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - port: Where; 0 for any free port.
  ///   - pages: The names of the pages.
  ///   - handlers: What answers.
  /// - Throws: `FileError` if the port cannot be had.
  init(port: Int, pages: Set<String> = [""], _ handlers: Handlers) throws {
    var random = SystemRandomNumberGenerator()
    let token = (0..<4).map { _ in String(random.next() | 1 << 63, radix: 16).suffix(8) }.joined()
    let (clients, gate) = (SocketClients(), Gate())
    self.clients = clients
    let counter = ConnectionCounter()
    do {
      channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
        .serverChannelOption(.backlog, value: 64)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          guard counter.enter(channel) else { return channel.close() }
          return channel.eventLoop.makeCompletedFuture {
            try Self.configure(channel, gate, clients, handlers)
          }
        }
        .bind(host: "127.0.0.1", port: port).wait()
    } catch {
      throw FileError("127.0.0.1:\(port)", "cannot be listened on (\(error)); choose another with --port")
    }
    let bound = channel.localAddress?.port ?? port
    gate.set(RequestGate(token: token, port: bound, pages: pages))
    address = "http://127.0.0.1:\(bound)/\(token)/"
  }

  /// The gate is known once the port is; connections before that are refused.
  final class Gate: Sendable {
    private let gate = NIOLockedValueBox<RequestGate?>(nil)
    func set(_ value: RequestGate) { gate.withLockedValue { $0 = value } }
    func answer(_ head: HTTPRequestHead) -> RequestGate.Answer {
      gate.withLockedValue { $0 }?.answer(head) ?? .refused(.serviceUnavailable, "not ready")
    }
  }

  private static func configure(
    _ channel: any Channel, _ gate: Gate, _ clients: SocketClients, _ handlers: Handlers
  ) throws {
    let upgrader = NIOWebSocketServerUpgrader(
      maxFrameSize: 1 << 14,
      shouldUpgrade: { channel, head in
        // Where there is no room the socket is opened and closed with a reason, which a page can read.
        channel.eventLoop.makeSucceededFuture(gate.answer(head) == .socket ? HTTPHeaders() : nil)
      },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(
            NIOWebSocketFrameAggregator(
              minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 8, maxAccumulatedFrameSize: 1 << 14))
          try pipeline.addHandler(SocketHandler(channel, clients, handlers))
        }
      })
    let pipeline = channel.pipeline.syncOperations
    let limit = RequestLimit()
    try pipeline.addHandler(limit)
    let encoder = HTTPResponseEncoder()
    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
    let request = RequestHandler(gate, handlers)
    let upgrade = HTTPServerUpgradeHandler(
      upgraders: [upgrader], httpEncoder: encoder, extraHTTPHandlers: [decoder, request],
      upgradeCompletionHandler: { context in context.pipeline.syncOperations.removeHandler(limit, promise: nil) })
    try pipeline.addHandlers([encoder, decoder, upgrade, request])
  }

  /// Ends all connections.
  func close() { channel.close(promise: nil) }

  /// Waits until the server is closed.
  func wait() throws { try channel.closeFuture.wait() }

  /// Calls `body` on the event loop every `milliseconds`.
  func every(milliseconds: Int64, _ body: @escaping @Sendable () -> Void) {
    channel.eventLoop.scheduleRepeatedTask(
      initialDelay: .milliseconds(milliseconds), delay: .milliseconds(milliseconds)
    ) { _ in body() }
  }
}
