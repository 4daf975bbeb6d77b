internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Answers the one request of a connection, with the page or a refusal, and closes it.
final class RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let gate: PageServer.Gate
  private let handlers: PageServer.Handlers
  private var isAnswered = false

  init(_ gate: PageServer.Gate, _ handlers: PageServer.Handlers) {
    self.gate = gate
    self.handlers = handlers
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isAnswered, case .head(let head) = Self.unwrapInboundIn(data) else { return }
    isAnswered = true
    switch gate.answer(head) {
    case .page(let name): sendPage(name, context)
    case .socket: send(.upgradeRequired, "this address is for a web socket", context)
    case .refused(let status, let reason): send(status, reason, context)
    }
  }

  private func sendPage(_ name: String, _ context: ChannelHandlerContext) {
    var random = SystemRandomNumberGenerator()
    let nonce = String(random.next(), radix: 36) + String(random.next(), radix: 36)
    let policy =
      "default-src 'none'; script-src 'nonce-\(nonce)' data:; style-src 'nonce-\(nonce)'; connect-src 'self';"
      + " img-src data:; base-uri 'none'; form-action 'none'"
    let headers = HTTPHeaders([
      ("Content-Type", "text/html; charset=utf-8"),
      ("Content-Security-Policy", "\(policy); frame-ancestors 'none'"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ])
    send(.ok, handlers.page(name, policy, nonce), headers, context)
  }

  private func send(_ status: HTTPResponseStatus, _ reason: String, _ context: ChannelHandlerContext) {
    send(status, Array("\(reason)\n".utf8), HTTPHeaders([("Content-Type", "text/plain; charset=utf-8")]), context)
  }

  private func send(
    _ status: HTTPResponseStatus, _ body: [UInt8], _ more: HTTPHeaders, _ context: ChannelHandlerContext
  ) {
    var headers = more
    for (name, value) in [
      ("Content-Length", "\(body.count)"), ("Connection", "close"), ("Cache-Control", "no-store"),
      ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
    ] { headers.add(name: name, value: value) }
    let channel = context.channel
    context.write(
      Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }

  /// A web socket that is refused is answered as the request it came with; what is not HTTP, or too long, is not answered.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is NIOWebSocketUpgradeError { return }
    context.close(promise: nil)
  }
}
