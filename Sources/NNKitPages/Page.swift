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
    case explain, report, view, lesson
  }

  package let kind: Kind
  package let title: String
  /// What it shows, JSON.
  package let data: String
  /// What stands in it before its module runs, HTML.
  private let main: [UInt8]
  /// Style and modules beside those of all pages.
  private let style: String
  private let ownModules: [(name: String, text: String)]

  package init(
    _ kind: Kind, title: String, data: String, main: [UInt8]? = nil, style: String = "",
    modules: [(name: String, text: String)] = []
  ) {
    self.kind = kind
    self.title = title
    self.data = data
    self.main =
      main ?? Array("<noscript>This page draws itself with JavaScript, which is switched off.</noscript>".utf8)
    self.style = style
    ownModules = modules
  }

  /// What a browser may load for a page: nothing but the page itself.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' data:; img-src data:"

  /// The page for a file, UTF-8.
  package var html: [UInt8] { html(policy: Self.policy, nonce: nil) }

  /// The page for a server, UTF-8.
  ///
  /// - Parameters:
  ///   - policy: Its content security policy.
  ///   - nonce: Marks the page's own scripts, where the policy allows no others.
  /// - Returns: The whole document.
  package func html(policy: String, nonce: String?) -> [UInt8] {
    let values: [String: [UInt8]] = [
      "policy": Self.escaped(policy), "title": Self.escaped(title), "kind": Array(kind.rawValue.utf8),
      "nonce": nonce.map { Array(" nonce=\"".utf8) + Self.escaped($0) + Array("\"".utf8) } ?? [],
      "style": Array((Resource.style_css + style).utf8), "modules": importMap, "data": Self.inScript(data),
      // In the lesson, `page` is where another page's module draws.
      "place": Array((kind == .lesson ? "lesson" : "page").utf8), "main": main,
    ]
    var document: [UInt8] = []
    var rest = Array(Resource.page_html.utf8)[...]
    while let open = rest.firstIndex(of: UInt8(ascii: "{")), let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
    {
      document += rest[..<open]
      document += values[String(decoding: rest[open + 2..<close], as: UTF8.self)] ?? []
      rest = rest[(close + 2)...]
    }
    return document + rest
  }

  /// Put together from whole arrays: byte by byte it would take longer than all else of a page.
  private var importMap: [UInt8] {
    var map = Array("{\"imports\": {".utf8)
    for (index, module) in (Self.modules(of: kind) + ownModules).enumerated() {
      map += Array("\(index > 0 ? ", " : "")\"nnkit/\(module.name)\": \"data:text/javascript;base64,".utf8)
      map += [UInt8](Data(module.text.utf8).base64EncodedData())
      map.append(UInt8(ascii: "\""))
    }
    map += Array("}}".utf8)
    return map
  }

  /// Text between tags and in attributes.
  private static func escaped(_ text: String) -> [UInt8] {
    replacing(text, ["&": "&amp;", "<": "&lt;", "\"": "&quot;"])
  }

  /// JSON between script tags: no text in it may end them.
  package static func inScript(_ json: String) -> [UInt8] { replacing(json, ["<": "\\u003c"]) }

  private static func replacing(_ text: String, _ table: [Unicode.Scalar: String]) -> [UInt8] {
    let replacements = Dictionary(uniqueKeysWithValues: table.map { (UInt8(ascii: $0), Array($1.utf8)) })
    let isReplaced = (0...255).map { replacements[$0] != nil }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    var rest = Array(text.utf8)[...]
    while let place = rest.firstIndex(where: { isReplaced[Int($0)] }) {
      result += rest[..<place]
      result += replacements[rest[place]] ?? []
      rest = rest[(place + 1)...]
    }
    return result + rest
  }
}
