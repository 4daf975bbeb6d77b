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
    let diagram = NetworkDiagram(try model([3, 4, 2]), name: "small")
    #expect(diagram.dot.components(separatedBy: " -> ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.mermaid.components(separatedBy: " --> ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.svg.components(separatedBy: "<line ").count - 1 == 3 * 4 + 4 * 2)
    #expect(diagram.svg.components(separatedBy: "<circle ").count - 1 == 3 + 4 + 2)
  }

  @Test func `a layer of more than sixteen neurons is one node with its count`() throws {
    let diagram = NetworkDiagram(try model([784, 100, 2]), name: "large")
    #expect(diagram.dot.contains("label=\"784\"") && diagram.dot.contains("label=\"100\""))
    #expect(diagram.dot.components(separatedBy: " -> ").count - 1 == 1 + 2)
  }

  @Test func `names of classes cannot break a diagram's own language`() throws {
    let diagram = NetworkDiagram(try model([2, 2]), name: "a \"name\" <of> & \\ many")
    let parser = XMLDocumentCheck(diagram.svg)
    #expect(parser.isSound && parser.texts.contains("<yes>") && parser.texts.contains("\"no\" & #2"))
    #expect(diagram.dot.contains(#"label="\"no\" & #2""#))
    #expect(diagram.mermaid.contains("#quot;no#quot; #amp; #35;2"))
  }

  @Test("a layer with a window is one node with its shape, and a source that is not the layer before an edge over it")
  func windowsAndSources() throws {
    let plugins = try bundled()
    let relu = try plugins.activation("relu")
    let window = try SlidingWindow(channels: 1, height: 5, width: 5, kernel: 2)
    let network = try Network<Double>(
      layers: [
        Layer(neurons: 3, window: window, activation: relu),
        Layer(neurons: 2, inputs: 48, activation: relu),
        Layer(
          (0..<2).map { _ in Neuron(inputs: 27, activation: relu) }, sources: .concatenated([.inputs, .layer(1)])),
      ], seed: 1)
    let diagram = NetworkDiagram(Model(network), name: "image")
    #expect(diagram.mermaid.contains("n0_0[\"1 × 5 × 5\"]") && diagram.mermaid.contains("n1_0[\"3 × 4 × 4\"]"))
    #expect(diagram.dot.contains("n0_0 -> n3_1") && diagram.dot.contains("n2_1 -> n3_0"))
    // The weights of the last layer are those of 25 pixels, then of the two neurons before it.
    let weight = network.layers[2].neurons[1].weights[26]
    #expect(diagram.dot.contains("n2_1 -> n3_1") && diagram.dot.contains("w = \(weight)"))
    #expect(diagram.svg.contains("<path d=\"M "))
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
