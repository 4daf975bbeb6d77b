internal import NIOCore
internal import NIOWebSocket

/// One socket: takes its messages, asks from time to time whether the page is still there.
final class SocketHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private static let greatestSilence = TimeAmount.seconds(25)
  private static let messagesPerSecond = 200
  private let client: SocketClient
  private let clients: SocketClients
  private let handlers: PageServer.Handlers
  private var lastHeard = NIODeadline.now()
  private var second = (start: NIODeadline.now(), messages: 0)
  private var pings: RepeatedTask?
  /// A reason has been sent; what still comes is left alone.
  private var isClosed = false

  init(_ channel: any Channel, _ clients: SocketClients, _ handlers: PageServer.Handlers) {
    client = SocketClient(channel)
    self.clients = clients
    self.handlers = handlers
  }

  func handlerAdded(context: ChannelHandlerContext) {
    guard clients.hasRoom else {
      isClosed = true
      return client.close(
        WebSocketErrorCode(codeNumber: 1013), "\(SocketClients.limit) pages are open already; close one of them")
    }
    clients.add(client)
    handlers.onOpen(client)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    pings = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(8), delay: .seconds(8)) { _ in
      let (handler, context) = bound.value
      if NIODeadline.now() - handler.lastHeard > Self.greatestSilence { return context.close(promise: nil) }
      context.writeAndFlush(
        Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())), promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    pings?.cancel()
    clients.remove(client)
  }

  func channelInactive(context: ChannelHandlerContext) {
    pings?.cancel()
    clients.remove(client)
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastHeard = .now()
    if lastHeard - second.start > .seconds(1) { second = (lastHeard, 0) }
    second.messages += 1
    guard !isClosed else { return }
    if second.messages > Self.messagesPerSecond {
      return end(.policyViolation, "more than \(Self.messagesPerSecond) messages in a second")
    }
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .text: handlers.onMessage(String(buffer: frame.unmaskedData), client)
    case .ping:
      context.writeAndFlush(
        Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)), promise: nil)
    case .pong: break
    case .connectionClose:
      let channel = context.channel
      let answer = WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer())
      context.writeAndFlush(Self.wrapOutboundOut(answer)).whenComplete { _ in channel.close(promise: nil) }
    default: end(.unacceptableData, "only text messages are read here")
    }
  }

  private func end(_ code: WebSocketErrorCode, _ reason: String) {
    isClosed = true
    client.close(code, reason)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !isClosed { end(.protocolError, "a frame that is too long, or not as web sockets have it") }
  }
}
