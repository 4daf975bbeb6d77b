import Foundation
import NNKit
import NNKitExchange

/// A fixture's path.
func fixture(_ name: String) -> String {
  Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: name).path
}

func json<Content: Decodable>(_ name: String, as _: Content.Type = Content.self) throws -> Content {
  try JSONDecoder().decode(Content.self, from: Data(contentsOf: URL(filePath: fixture(name))))
}

func bundled() throws -> Plugins { try Plugins(searching: SearchPath(environment: [:])) }

/// The greatest difference between outputs, relative to the greater of 1 and the expected one.
func difference(_ found: [[Double]], _ expected: [[Double]]) -> Double {
  guard found.map(\.count) == expected.map(\.count) else { return .infinity }
  return zip(found.joined(), expected.joined()).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
}
