internal import NIOCore
internal import NIOWebSocket

/// One socket: takes its messages, asks from time to time whether anybody is still there.
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

  init(_ channel: any Channel, _ clients: SocketClients, _ handlers: PageServer.Handlers) {
    client = SocketClient(channel)
    self.clients = clients
    self.handlers = handlers
  }

  func handlerAdded(context: ChannelHandlerContext) {
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
    if second.messages > Self.messagesPerSecond { return context.close(promise: nil) }
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
    default: context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
