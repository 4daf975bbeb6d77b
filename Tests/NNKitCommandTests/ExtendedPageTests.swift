import Foundation
import NNKit
import NNKitRuns
import Testing

@Suite("the page of a network with extended neurons", .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct ExtendedPageTests {
  @Test("shows its acts, further weights and messages as it reports them, and what its class does in its own way")
  func acts() async throws {
    let (network, loss) = try GainNeuron.network()
    let explanation = try Explanation(
      of: network, input: [1, 2], target: [1, 3], loss: loss, optimizer: .sgd(learningRate: 0.1))
    let folder = try TemporaryFolder()
    try Data(explanation.html(title: "Gains")).write(to: URL(fileURLWithPath: folder.path("page.html")))

    let browser = try await WebDriver()
    try await browser.open("file://\(folder.path("page.html"))")
    #expect(try await browser.text("h1") == "Gains, explained neuron by neuron")
    var shown = ""
    let steps = try await browser.evaluate("return Number(document.querySelector('.bar input').max)").number ?? 0
    for _ in 0...Int(steps) {
      shown += try await browser.text(".act")
      try await browser.press("\u{E014}")
    }
    // z = 2 · (0.5 · 1 + 0.25 · 2) = 2, so δ = 2 − 1 = 1; the messages are 2 · (0.5, 0.25).
    for part in [
      "neuron 0 (GainNeuron) combines them in its own way", "its class GainNeuron has its own `combine`",
      "z = 2, as GainNeuron combines its inputs; it states no formula", "∂L/∂w2 = 1, as GainNeuron works it out",
      "message to layer 0, neuron 0 = 1", "message to layer 0, neuron 1 = 0.5", "= 2 - 0.1·1 = 1.9",
    ] { #expect(shown.contains(part), "\(part)") }
    try await browser.click("button.neuron[aria-label='Layer 1, neuron 0, a GainNeuron']")
    #expect(try await browser.text(".panel").contains("GainNeuron, an extended neuron"))
    #expect(try await browser.text("[data-updated='2']") == "1.9")
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }
}
