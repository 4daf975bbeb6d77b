import Foundation
import Testing

@Suite("nnkit view and hostile requests", .serialized)
struct ViewHostilityTests {
  private let live: LiveProcess

  init() throws { live = try LiveProcess(Checkout.example("spirals"), "--set", "training.epochs=100000000") }

  private var host: String { "127.0.0.1:\(live.port)" }

  /// The status line of the answer to a GET.
  private func status(_ path: String, host: String? = nil, _ headers: String = "", method: String = "GET") throws
    -> String
  {
    let connection = try RawConnection(live.port)
    connection.send("\(method) \(path) HTTP/1.1\r\nHost: \(host ?? self.host)\r\n\(headers)\r\n")
    return String(try #require(connection.receiveAll(), "no answer").prefix { $0 != "\r" })
  }

  /// Runs `body` while it trains, and sees that it went on.
  private func whileTraining(_ body: () throws -> Void) throws {
    let socket = try LiveSocket(live)
    socket.send("{\"act\": \"run\"}")
    let before = try socket.state { $0["progress"]["epoch"].number ?? 0 > 0 }["progress"]["epoch"].number ?? 0
    try body()
    let after = try socket.state { $0["progress"]["epoch"].number ?? 0 > before }["progress"]["epoch"].number ?? 0
    #expect(after > before && live.isRunning)
  }

  @Test("the page is served to its address alone, with a policy that loads nothing")
  func page() throws {
    let connection = try RawConnection(live.port)
    connection.send("GET /\(live.token)/ HTTP/1.1\r\nHost: \(host)\r\nSec-Fetch-Site: none\r\n\r\n")
    let answer = try #require(connection.receiveAll())
    for part in [
      "HTTP/1.1 200 OK", "default-src 'none'", "frame-ancestors 'none'", "nosniff", "no-store", "no-referrer",
      "<title>spirals, live</title>",
    ] { #expect(answer.contains(part), "\(part)") }
  }

  @Test("wrong token, path, Host, Origin, site, method and version are refused, and training goes on")
  func refusals() throws {
    try whileTraining { () throws in
      let wrong = String(live.token.reversed())
      for path in [
        "/", "/\(wrong)/", "/\(live.token)", "/\(live.token)x/", "/\(live.token)/../\(live.token)/", "/\(live.token)//",
        "/%2e%2e/%2e%2e/etc/passwd", "/../../../../etc/passwd", "/\(live.token)/../../etc/passwd",
      ] { #expect(try status(path).contains(" 403 "), "\(path)") }
      #expect(try status("/\(live.token)/style.css").contains(" 404 "))
      for host in ["evil.example", "evil.example:\(live.port)", "127.0.0.1", "127.0.0.1:1", "[::1]:\(live.port)"] {
        #expect(try status("/\(live.token)/", host: host).contains(" 421 "), "\(host)")
      }
      for header in [
        "Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: https://\(host)\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
      ] { #expect(try status("/\(live.token)/", header).contains(" 403 "), "\(header)") }
      #expect(try status("/\(live.token)/", "Host: evil.example\r\n").contains(" 421 "))
      for method in ["POST", "PUT", "OPTIONS", "DELETE"] {
        #expect(try status("/\(live.token)/", "Content-Length: 0\r\n", method: method).contains(" 405 "), "\(method)")
      }
    }
  }

  @Test("a socket needs its page's Origin and token")
  func socketOrigin() throws {
    for origin in ["http://evil.example", "null", "http://127.0.0.1:\(live.port).evil.example"] {
      #expect(throws: (any Error).self) { try LiveSocket(live, origin: origin) }
    }
    let upgrade =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    // Each is refused in words.
    for (path, headers, words) in [
      ("/\(live.token)/socket", upgrade, "a socket needs its page's Origin"),
      ("/\(String(live.token.reversed()))/socket", "\(upgrade)Origin: http://\(host)\r\n", "lacks the token"),
      ("/\(live.token)/socket", "\(upgrade)Origin: http://evil.example\r\n", "a foreign Origin"),
    ] {
      let connection = try RawConnection(live.port)
      connection.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n")
      let answer = try #require(connection.receiveAll(), "no answer")
      #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains(words), "\(words): \(answer)")
    }
  }

  @Test("a socket that is ended gets the reason: too many pages, or a message that pages do not send")
  func reasons() throws {
    let sockets = try (0..<16).map { _ in try LiveSocket(live) }
    #expect(try LiveSocket(live).closingReason().contains("16 pages are open already"))
    sockets[0].send("no JSON")
    #expect(try sockets[0].closingReason().contains("not one that nnkit's page sends"))
  }

  @Test("a body of 10 MB, endless headers, noise and giant messages end the connection early, and training goes on")
  func floods() throws {
    try whileTraining { () throws in
      let flood = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000)
      for head in [
        "POST /\(live.token)/ HTTP/1.1\r\nHost: \(host)\r\nContent-Length: 10000000\r\n\r\n",
        "GET /\(live.token)/ HTTP/1.1\r\nHost: \(host)\r\nX: ", "GET /", "",
      ] {
        let connection = try RawConnection(live.port)
        connection.send(head)
        #expect(connection.send(flood) < flood.count, "\(head.prefix(20))")
      }
      let chunked = try RawConnection(live.port)
      chunked.send("GET /\(live.token)/ HTTP/1.1\r\nHost: \(host)\r\nTransfer-Encoding: chunked\r\n\r\n")
      #expect(try #require(chunked.receiveAll()).contains(" 413 "))
      for message in [String(repeating: "x", count: 60_000), "no JSON", "{\"set\": {\"learning_rate\": \"NaN\"}}"] {
        let socket = try LiveSocket(live)
        socket.send(message)
        #expect(throws: (any Error).self, "\(message.prefix(20))") { while true { _ = try socket.state() } }
      }
      let hasty = try LiveSocket(live)
      for _ in 0..<1000 { hasty.send("{\"act\": \"save\"}") }
      #expect(throws: (any Error).self) { while true { _ = try hasty.state() } }
      let saved = try FileManager.default.contentsOfDirectory(atPath: live.folder.path).count
      #expect(saved <= 500)
    }
  }

  @Test("of 1,000 connections few are kept, those that say nothing are closed, and training goes on")
  func connections() throws {
    try whileTraining { () throws in
      var kept: [RawConnection] = []
      for _ in 0..<1000 { if let connection = try? RawConnection(live.port, seconds: 1) { kept.append(connection) } }
      let open = kept.suffix(200).count { $0.receive(atMost: 1) == nil ? true : false }
      #expect(open <= 64, "\(open) of the last 200 are still open")
    }
    #expect(try status("/\(live.token)/").contains(" 200 "))
  }

  @Test("a half-open client is closed after some seconds")
  func halfOpen() throws {
    let start = ContinuousClock.now
    let slow = try RawConnection(live.port)
    slow.send("GET /\(live.token)/ HTTP/1.1\r\nHost: ")
    #expect(slow.receive() == [])
    #expect(ContinuousClock.now - start < .seconds(15))
  }
}
