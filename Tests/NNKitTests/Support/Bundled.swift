import Foundation
import NNKit

/// The plugins that lie beside the test program, as users get them; nothing else on the search path.
func bundled() throws -> Plugins { try Bundled.plugins.get() }

private enum Bundled {
  static let plugins = Result { try Plugins(searching: SearchPath(environment: [:])) }
}

/// A file among the test's fixtures, decoded from JSON.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
  let folder = Bundle.module.bundleURL.appending(path: "Fixtures")
  return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
}
