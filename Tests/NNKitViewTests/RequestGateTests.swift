import NIOHTTP1
import NNKitView
import Testing

@Suite("Only the page that nnkit printed, on this machine, gets an answer")
struct RequestGateTests {
  private let gate = RequestGate(token: "secret", port: 4711)

  private func answer(
    _ method: HTTPMethod = .GET, _ uri: String = "/secret/", host: String? = "127.0.0.1:4711",
    _ more: [(String, String)] = []
  ) -> RequestGate.Answer {
    let headers = HTTPHeaders((host.map { [("Host", $0)] } ?? []) + more)
    return gate.answer(HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers))
  }

  private func status(_ answer: RequestGate.Answer) -> HTTPResponseStatus? {
    if case .refused(let status, _) = answer { status } else { nil }
  }

  @Test("the address with its token is the page, under both names of this machine")
  func page() {
    #expect(answer() == .page(""))
    #expect(answer(host: "localhost:4711") == .page(""))
    #expect(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Sec-Fetch-Site", "none")]) == .page(""))
  }

  @Test("of several pages each has its name, and no other name is answered")
  func pages() {
    let gate = RequestGate(token: "secret", port: 4711, pages: ["", "one.html"])
    func answer(_ uri: String) -> RequestGate.Answer {
      gate.answer(
        HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: HTTPHeaders([("Host", "127.0.0.1:4711")])))
    }
    #expect(answer("/secret/") == .page(""))
    #expect(answer("/secret/one.html") == .page("one.html"))
    for uri in ["/secret/two.html", "/secret/one.htm", "/secret/../one.html", "/secret/one.html/", "/one.html"] {
      #expect(status(answer(uri)) != nil, "\(uri)")
    }
  }

  @Test("the socket needs the Origin of its own page")
  func socket() {
    let own = [("Origin", "http://127.0.0.1:4711")]
    #expect(answer(.GET, "/secret/socket", host: "127.0.0.1:4711", own) == .socket)
    #expect(status(answer(.GET, "/secret/socket")) == .forbidden)
    #expect(status(answer(.GET, "/secret/socket", host: "localhost:4711", own)) == .forbidden)
  }

  @Test(
    "a wrong, shorter, longer or missing token is refused",
    arguments: ["/", "/secre/", "/secrets/", "/Secret/", "/socket", "//", "/secret", "secret/", "/secret/page/more"])
  func token(_ uri: String) {
    #expect(status(answer(.GET, uri)) == .forbidden)
  }

  @Test("another Host is refused: a name that resolves to this machine is not its name")
  func hosts() {
    for host in ["evil.example:4711", "127.0.0.1", "127.0.0.1:80", "localhost"] {
      #expect(status(answer(host: host)) == .misdirectedRequest, "\(host)")
    }
    #expect(status(answer(host: nil)) == .misdirectedRequest)
    #expect(
      status(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Host", "127.0.0.1:4711")])) == .misdirectedRequest)
  }

  @Test("other sites, methods and bodies are refused")
  func others() {
    #expect(status(answer(.POST)) == .methodNotAllowed)
    #expect(status(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Content-Length", "7")])) == .payloadTooLarge)
    #expect(
      status(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Transfer-Encoding", "chunked")])) == .payloadTooLarge)
    #expect(status(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Origin", "http://evil.example")])) == .forbidden)
    #expect(status(answer(.GET, "/secret/", host: "127.0.0.1:4711", [("Sec-Fetch-Site", "cross-site")])) == .forbidden)
    #expect(status(answer(.GET, "/secret/other")) == .notFound)
  }
}
