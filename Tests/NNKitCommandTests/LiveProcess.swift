import Foundation
import NNKit
import Testing

/// `nnkit view`, or another command that serves pages, as users run it: a process that serves until it is ended.
final class LiveProcess {
  let address: String
  let port: UInt16
  /// The secret part of the address.
  let token: String
  let folder: TemporaryFolder
  private let process: StartedProcess

  init(_ arguments: String..., command: String = "view") throws {
    folder = try TemporaryFolder()
    process = try StartedProcess(Checkout.nnkit, [command] + arguments, in: folder.path, output: .pipe(Pipe()))
    var text = ""
    while !text.contains("\n") {
      let data = try process.nextOutput()
      try #require(!data.isEmpty, "nnkit \(command) ended: \(text)")
      text += String(decoding: data, as: UTF8.self)
    }
    address = String(text.prefix { $0 != "\n" })
    let url = try #require(URL(string: address))
    port = UInt16(try #require(url.port))
    token = String(url.path.split(separator: "/").first ?? "")
  }

  var isRunning: Bool { process.isRunning }
}

/// A connection that the other side did not take or has closed.
struct ConnectionEnded: Error, CustomStringConvertible {
  let description: String
}

/// A connection to a port of this machine, byte by byte.
final class RawConnection {
  private let descriptor: Int32

  init(_ port: UInt16, seconds: Int = 20) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else { throw ConnectionEnded(description: String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  /// Sends as much as the other side takes; how much that was.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Int {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { break }
      sent += count
    }
    return sent
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// Some bytes; empty once the other side has closed, nil when time has run out.
  func receive(atMost count: Int = 65536) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    var found = -1
    repeat { found = recv(descriptor, &buffer, count, 0) } while found < 0 && errno == EINTR
    if found < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) { return nil }
    return Array(buffer.prefix(max(0, found)))
  }

  /// The body of an HTTP answer that tells its length.
  func receiveBody() throws -> String {
    var bytes: [UInt8] = []
    while true {
      if let head = bytes.firstRange(of: [13, 10, 13, 10]) {
        let fields = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).lowercased().split(separator: "\r\n")
        let length = fields.first { $0.hasPrefix("content-length:") }.flatMap {
          Int($0.dropFirst(15).drop { $0 == " " })
        }
        let body = bytes[head.upperBound...]
        if body.count >= length ?? 0 { return String(decoding: body, as: UTF8.self) }
      }
      guard let more = receive(), !more.isEmpty else {
        throw ConnectionEnded(description: "\(String(decoding: bytes, as: UTF8.self)) is no whole answer")
      }
      bytes += more
    }
  }

  /// All that comes until the other side closes.
  func receiveAll() -> String? {
    var all: [UInt8] = []
    while true {
      guard let bytes = receive() else { return nil }
      if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
      all += bytes
    }
  }
}

/// A page's web socket without the page.
final class LiveSocket {
  private let connection: RawConnection
  private var bytes: [UInt8] = []
  /// What the other side said when it closed.
  private var reason: String?

  init(_ live: LiveProcess, origin: String? = nil) throws {
    connection = try RawConnection(live.port)
    connection.send(
      "GET /\(live.token)/socket HTTP/1.1\r\nHost: 127.0.0.1:\(live.port)\r\nUpgrade: websocket\r\n"
        + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Origin: \(origin ?? "http://127.0.0.1:\(live.port)")\r\n\r\n")
    while !bytes.contains([13, 10, 13, 10]) {
      let more = try #require(connection.receive())
      guard !more.isEmpty else { throw ConnectionEnded(description: String(decoding: bytes, as: UTF8.self)) }
      bytes += more
    }
    let head = try #require(bytes.firstRange(of: [13, 10, 13, 10]))
    let text = String(decoding: bytes[..<head.lowerBound], as: UTF8.self)
    guard text.hasPrefix("HTTP/1.1 101") else { throw ConnectionEnded(description: text) }
    bytes.removeSubrange(..<head.upperBound)
  }

  /// Sends a text, masked with zeros.
  func send(_ text: String) {
    let body = Array(text.utf8)
    let length: [UInt8] =
      body.count < 126 ? [UInt8(body.count)] : [126, UInt8(body.count >> 8), UInt8(body.count & 255)]
    connection.send([0x81, length[0] | 0x80] + length.dropFirst() + [0, 0, 0, 0] + body)
  }

  /// The next text.
  func receive() throws -> JSON {
    while true {
      if let text = nextText() { return try JSON(text) }
      let more = try #require(connection.receive(), "no state within the time")
      guard !more.isEmpty else { throw ConnectionEnded(description: "the socket was closed") }
      bytes += more
    }
  }

  private func nextText() -> String? {
    while bytes.count >= 2 {
      let short = Int(bytes[1] & 127)
      let header = short == 126 ? 4 : short == 127 ? 10 : 2
      guard bytes.count >= header else { return nil }
      let length = header == 2 ? short : bytes[2..<header].reduce(0) { $0 << 8 | Int($1) }
      guard bytes.count >= header + length else { return nil }
      let (code, body) = (bytes[0] & 15, Array(bytes[header..<header + length]))
      bytes.removeSubrange(..<(header + length))
      if code == 8 { reason = String(decoding: body.dropFirst(2), as: UTF8.self) }
      if code == 1 { return String(decoding: body, as: UTF8.self) }
    }
    return nil
  }

  /// Waits until the other side closes, and gives its reason.
  func closingReason() throws -> String {
    while reason == nil {
      if nextText() != nil || reason != nil { continue }
      let more = try #require(connection.receive(), "it was not closed within the time")
      guard !more.isEmpty else { throw ConnectionEnded(description: "the socket was closed without words") }
      bytes += more
    }
    return reason ?? ""
  }

  /// Asks for the next state, after a message if there is one.
  func state(after message: String? = nil, select: String = "[0,0]") throws -> JSON {
    if let message { send(message) }
    send("{\"ready\": true, \"select\": \(select)}")
    while true {
      let found = try receive()
      if found["kind"].text == "state" { return found }
    }
  }

  /// Asks for states until one is as wanted.
  func state(seconds: Double = 30, until isWanted: (JSON) throws -> Bool) throws -> JSON {
    let end = Date(timeIntervalSinceNow: seconds)
    while true {
      let found = try state()
      if try isWanted(found) { return found }
      try #require(Date() < end, "it never came")
    }
  }
}
