package import NIOHTTP1

/// Which requests are answered: those of a browser on this machine that has the address with its token, from this very page.
package struct RequestGate: Sendable {
  /// What a request gets.
  package enum Answer: Equatable {
    /// The page of this name; the main one's is empty.
    case page(String)
    case socket
    case refused(HTTPResponseStatus, String)
  }

  let token: String
  let port: Int

  private let pages: Set<String>

  /// - Parameters:
  ///   - token: The secret part of the address.
  ///   - port: Where the server listens.
  ///   - pages: The names of the pages there are.
  package init(token: String, port: Int, pages: Set<String> = [""]) {
    (self.token, self.port, self.pages) = (token, port, pages)
  }

  /// The names under which the server may be called, as a Host header has them.
  private var hosts: [String] { ["127.0.0.1:\(port)", "localhost:\(port)"] }

  package func answer(_ head: HTTPRequestHead) -> Answer {
    guard head.method == .GET else { return .refused(.methodNotAllowed, "only GET is answered here") }
    let bodies =
      head.headers["Content-Length"].contains { $0 != "0" } || head.headers.contains(name: "Transfer-Encoding")
    guard !bodies else { return .refused(.payloadTooLarge, "requests have no bodies here") }
    // A name that only resolves to this machine (DNS rebinding) is another Host.
    guard head.headers["Host"].count == 1, let host = head.headers["Host"].first, hosts.contains(host) else {
      return .refused(.misdirectedRequest, "expected Host 127.0.0.1:\(port)")
    }
    let origins = head.headers["Origin"]
    guard origins.allSatisfy({ $0 == "http://\(host)" }) else { return .refused(.forbidden, "a foreign Origin") }
    let sites = head.headers["Sec-Fetch-Site"]
    guard sites.allSatisfy({ ["same-origin", "none"].contains($0) }) else {
      return .refused(.forbidden, "requests from other sites are not answered")
    }
    let parts = head.uri.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, isToken(parts[1]) else {
      return .refused(.forbidden, "the address lacks the token that nnkit printed")
    }
    switch parts[2] {
    case let name where pages.contains(String(name)): return .page(String(name))
    case "socket":
      return origins.count == 1 ? .socket : .refused(.forbidden, "a socket needs its page's Origin")
    default: return .refused(.notFound, "there is nothing here")
    }
  }

  /// Compares all bytes, however soon they differ, so that the time taken does not depend on the secret.
  private func isToken(_ text: Substring) -> Bool {
    text.utf8.count == token.utf8.count && zip(text.utf8, token.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
