#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A page as one file that needs no other: skeleton, style, modules and data together.
///
/// The modules are ordinary JavaScript modules that import each other by name; an import map gives each name its text.
package struct Page {
  /// Which of nnkit's pages: what it shows follows from its module.
  package enum Kind: String {
    case explain, report, view
  }

  package let kind: Kind
  package let title: String
  /// What it shows, JSON.
  package let data: String

  package init(_ kind: Kind, title: String, data: String) {
    self.kind = kind
    self.title = title
    self.data = data
  }

  /// What a browser may load for a page: nothing but the page itself.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' data:; img-src data:"

  /// The page for a file.
  package var html: String { html(policy: Self.policy, nonce: nil) }

  /// The page for a server.
  ///
  /// - Parameters:
  ///   - policy: Its content security policy.
  ///   - nonce: Marks the page's own scripts, where the policy allows no others.
  /// - Returns: The whole document.
  package func html(policy: String, nonce: String?) -> String {
    let values = [
      "policy": Self.escaped(policy), "title": Self.escaped(title), "kind": kind.rawValue,
      "nonce": nonce.map { " nonce=\"\(Self.escaped($0))\"" } ?? "", "style": Self.text(PackageResources.style_css),
      "modules": Self.importMap, "data": Self.inScript(data),
    ]
    // Each part between two marks; of a part that begins with a name in the table the name is replaced.
    let parts = Self.text(PackageResources.page_html).components(separatedBy: "{{")
    return parts.dropFirst().reduce(parts[0]) { document, part in
      let pieces = part.components(separatedBy: "}}")
      return document + (values[pieces[0]] ?? "") + pieces.dropFirst().joined(separator: "}}")
    }
  }

  private static var importMap: String {
    let entries = modules.map { name, bytes in
      "\"nnkit/\(name)\": \"data:text/javascript;base64,\(Data(bytes).base64EncodedString())\""
    }
    return "{\"imports\": {\(entries.joined(separator: ", "))}}"
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Text between tags and in attributes.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
  }

  /// JSON between script tags: no text in it may end them.
  private static func inScript(_ json: String) -> String {
    json.replacing("<", with: "\\u003c").replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
  }
}
