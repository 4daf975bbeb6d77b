internal import Dispatch

/// Serves pages that ask questions, each of which is answered by itself.
package final class QuestionServer: Sendable {
  private let server: PageServer

  /// Begins to listen on this machine.
  ///
  /// - Parameters:
  ///   - port: Where to listen; 0 for any free port.
  ///   - pages: The names of the pages; the first is also at the address itself.
  ///   - page: Makes a page, with the policy and the nonce that its scripts need.
  ///   - answer: Answers a message; nil if it is not one that the pages send. It is called beside the server's own work.
  /// - Throws: `FileError` if the port cannot be had.
  package init(
    port: Int, pages: [String],
    page: @escaping @Sendable (_ name: String, _ policy: String, _ nonce: String) -> [UInt8],
    answer: @escaping @Sendable (String) -> String?
  ) throws {
    let work = DispatchQueue(label: "answers")
    let first = pages.first ?? ""
    server = try PageServer(
      port: port, pages: Set(pages + [""]),
      PageServer.Handlers(
        page: { page($0.isEmpty ? first : $0, $1, $2) },
        onMessage: { text, client in
          work.async {
            if let answer = answer(text) { return client.send(answer) }
            client.refuse("this message is not one that nnkit's page sends")
          }
        },
        onOpen: { _ in }))
  }

  /// Where the pages are, with the token: the name of a page goes behind it.
  package var address: String { server.address }

  /// Serves until the process ends.
  package func run() throws { try server.wait() }
}
