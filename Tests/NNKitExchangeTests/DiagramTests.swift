import Foundation
import FoundationXML
import NNKit
import NNKitExchange
import Testing

/// Diagrams have every neuron of small layers, and every weight between them.
@Suite struct DiagramTests {
  private func model(_ widths: [Int]) throws -> Model<Double> {
    let tanh = try Plugins().activation("tanh")
    let layers = try zip(widths, widths.dropFirst()).map {
      try Layer<Double>(neurons: $1, inputs: $0, activation: tanh)
    }
    return Model(try Network(layers: layers, seed: 1), classes: ["<yes>", "\"no\" & #2"], inputNames: nil)
  }

  @Test func `small layers are drawn neuron by neuron with a line a weight`() throws {
    let diagram = try NetworkDiagram(model([3, 4, 2]), name: "small")
    #expect(diagram.dot.components(separatedBy: " -> ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.mermaid.components(separatedBy: " --> ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.svg.components(separatedBy: "<line ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.svg.components(separatedBy: "<circle ").count - 1 == 3 + 4 + 2)
  }

  @Test func `a layer of more than sixteen neurons is one node with its count`() throws {
    let diagram = try NetworkDiagram(model([784, 100, 2]), name: "large")
    #expect(diagram.dot.contains("label=\"784\"") && diagram.dot.contains("label=\"100\""))
    #expect(diagram.dot.components(separatedBy: " -> ").count - 1 == 1 + 2)
  }

  @Test func `names of classes cannot break a diagram's own language`() throws {
    let diagram = try NetworkDiagram(model([2, 2]), name: "a \"name\" <of> & \\ many")
    let parser = XMLDocumentCheck(diagram.svg)
    #expect(parser.isSound && parser.texts.contains("<yes>") && parser.texts.contains("\"no\" & #2"))
    #expect(diagram.dot.contains(#"label="\"no\" & #2""#))
    #expect(diagram.mermaid.contains("#quot;no#quot; #amp; #35;2"))
  }
}

/// What an XML parser reads in a text.
private final class XMLDocumentCheck: NSObject, XMLParserDelegate {
  private(set) var isSound = false
  private(set) var texts: [String] = []

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    isSound = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) { texts.append("") }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    texts[texts.count - 1] += text.trimmingCharacters(in: .newlines)
  }
}
