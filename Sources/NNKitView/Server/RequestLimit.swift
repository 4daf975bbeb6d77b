internal import NIOCore

/// Bounds what a connection may send, and how long it may take, before it is answered or becomes a socket.
final class RequestLimit: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private static let bytes = 1 << 14
  private static let time = TimeAmount.seconds(10)
  private var received = 0
  private var end: Scheduled<Void>?

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    end = context.eventLoop.scheduleTask(in: Self.time) { channel.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += Self.unwrapInboundIn(data).readableBytes
    if received > Self.bytes { return context.close(promise: nil) }
    context.fireChannelRead(data)
  }
}
