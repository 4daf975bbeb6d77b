import Foundation
import Testing

@Suite(
  "pages of networks with windows, in a real browser", .serialized,
  .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct WindowPageTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A small network of all that a page shows: kernels, pooling, and a dense layer behind.
  static let configuration = """
    name: images
    seed: 3
    data:
      train:
        inline:
          - {input: [0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0, 3, 0], target: [1]}
          - {input: [0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 2, 1, 1, 1, 0], target: [0]}
    network:
      image: {channels: 1, height: 5, width: 5}
      layers:
        - {neurons: 2, kernel: 3, activation: tanh, padding: 1}
        - {pool: maximum, kernel: 2, activation: relu}
        - {neurons: 3, activation: tanh}
        - {neurons: 1, activation: sigmoid}
    loss: mean_squared_error
    training: {epochs: 3, batch: 2, optimizer: {name: sgd, learning_rate: 0.1}}
    """

  private func page(_ arguments: [String]) throws -> String {
    let command = try Command(["explain"] + arguments + ["--format", "html", "--output", folder.path("page.html")])
    try #require(command.code == 0, "\(command.errors)")
    return "file://\(folder.path("page.html"))"
  }

  /// The lines of a text that say what a number is.
  private func lines(of arguments: [String]) throws -> [String] {
    let text = try Command(["explain"] + arguments)
    try #require(text.code == 0, "\(text.errors)")
    return ExplainedLines.of(text.output, containing: [" = ", " ← ", "hears"])
  }

  @Test("the page of a network with windows has every line of the text: pooling, groups, sources and connections, too")
  func everyLine() async throws {
    let config = try folder.write(Self.configuration, to: "images.yaml")
    let fixtures = try #require(Bundle.module.resourcePath) + "/Fixtures/windows"
    let browser = try await WebDriver()
    for config in [config] + ["000", "003", "005", "011"].map({ "\(fixtures)/\($0).yaml" }) {
      let lines = try lines(of: [config])
      try await browser.open(page([config]))
      let shown = try await browser.evaluate(ExplainedLines.ofPage).list.compactMap(\.text)
      let missing = Set(lines).subtracting(shown)
      #expect(lines.count > 20 && missing.isEmpty, "\(config): \(missing.prefix(5))")
      #expect(try await browser.complaints() == [], "\(config)")
    }
    try await browser.quit()
  }

  @Test("a position is chosen by a click or by arrow keys, and then has the numbers and lines of the text")
  func positions() async throws {
    let config = try folder.write(Self.configuration, to: "images.yaml")
    let browser = try await WebDriver()
    try await browser.open(page([config, "--position", "2,3"]))
    try await browser.click("button.neuron[aria-label='Layer 0, neuron 1']")
    #expect(try await browser.text(".window h3") == "Position row 2, column 3 of 5 × 5")
    // The window of 3 × 3 lies around its position, with the padding of 1.
    let marks = """
      return [...document.querySelectorAll("[data-map=channel-0] rect")].map((it) =>
        [it.getAttribute("y"), it.getAttribute("x")].map(Number).join(","));
      """
    let around = [1, 2, 3].flatMap { row in [2, 3, 4].map { "\(row),\($0)" } }
    #expect(try await browser.evaluate(marks).list.compactMap(\.text) == around)
    _ = try await browser.evaluate("document.querySelector('[data-map=a]').focus()")
    for key in ["\u{E013}", "\u{E012}", "\u{E012}"] { try await browser.press(key) }
    #expect(try await browser.text(".window h3") == "Position row 1, column 1 of 5 × 5")
    #expect(try await browser.evaluate("return document.activeElement.dataset.map").text == "a")
    // A click in the lower right corner of the picture.
    let click = """
      const box = document.querySelector("[data-map=channel-0] canvas").getBoundingClientRect();
      const at = {bubbles: true, clientX: box.right - 3, clientY: box.bottom - 3};
      document.querySelector("[data-map=channel-0] canvas").dispatchEvent(new MouseEvent("click", at));
      """
    _ = try await browser.evaluate(click)
    #expect(try await browser.text(".window h3") == "Position row 4, column 4 of 5 × 5")
    let shown = try await browser.evaluate(ExplainedLines.ofPage).list.compactMap(\.text)
    let lines = try lines(of: [config, "--position", "4,4", "--layer", "0", "--neuron", "1"])
    #expect(lines.count > 20 && Set(lines).subtracting(shown).isEmpty, "\(Set(lines).subtracting(shown).prefix(5))")
    // The kernel as a grid: its numbers are those of the weights.
    try await browser.click("button.neuron[aria-label='Layer 0, neuron 1']")
    let grid = """
      const grids = [...document.querySelectorAll(".number-grid")];
      const kernel = grids.find((it) => it.textContent.startsWith("kernel w"));
      return [...kernel.querySelectorAll("td")].map((it) => it.title);
      """
    let weights = try JSON(try Command("explain", config, "--format", "json").output)["layers"][0]["neurons"][1][
      "weights"]
    let found = try await browser.evaluate(grid).list.compactMap { $0.text?.replacing("−", with: "-") }
    #expect(found.count == 9)
    for (text, weight) in zip(found, weights.numbers) { #expect(abs((Double(text) ?? .nan) - weight) < 1e-8) }
    let complaints = try await browser.complaints()
    #expect(complaints == [])
    try await browser.quit()
  }

  @Test("of a large network the page has all numbers of each position, and says where their lines are")
  func large() async throws {
    let layers = "- {neurons: 24, kernel: 3, activation: tanh, padding: 1}"
    let text = Self.configuration.replacing("- {neurons: 2, kernel: 3, activation: tanh, padding: 1}", with: layers)
      .replacing("- {neurons: 3, activation: tanh}", with: "- {neurons: 60, activation: tanh}")
    let config = try folder.write(text, to: "large.yaml")
    let browser = try await WebDriver()
    try await browser.open(page([config, "--position", "0,0"]))
    try await browser.click("button.neuron[aria-label^='Layer 0, neuron']")
    let name = try await browser.text(".panel h2")
    _ = try await browser.evaluate("document.querySelector('[data-map=a]').focus()")
    try await browser.press("\u{E015}")
    #expect(try await browser.text(".window h3") == "Position row 1, column 0 of 5 × 5")
    let neuron = try #require(name.split(separator: " ").last)
    let lines = try await browser.evaluate(ExplainedLines.ofPage).list.compactMap(\.text)
    #expect(lines.contains { $0.contains("--layer 0 --neuron \(neuron) --position 1,0") })
    _ = try await browser.evaluate("document.querySelector('.tabs [data-phase=step]').click()")
    try await browser.click("button.neuron[aria-label='Layer 0, neuron \(neuron)']")
    let json = try JSON(try Command("explain", config, "--format", "json").output)["layers"][0]["neurons"]
    let position = json[try #require(Int(neuron))]["positions"][5]
    let fact = try await browser.text("[data-fact='weighted input']").replacing("−", with: "-")
    #expect(abs((Double(fact) ?? .nan) - (position["weighted_input"].number ?? .infinity)) < 1e-7, "\(fact)")
    // The browser slows down pages that change their address as often as a test does.
    let complaints = try await browser.complaints().filter { !$0.contains("Throttling navigation") }
    #expect(complaints == [])
    try await browser.quit()
  }

  @Test("a report shows kernels, feature maps of different samples, and each layer in numbers")
  func report() async throws {
    let config = try folder.write(Self.configuration, to: "images.yaml")
    let run = try Command("run", config, "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    let browser = try await WebDriver()
    try await browser.open("file://\(folder.path("run/report.html"))")
    func count(_ selector: String) async throws -> Double? {
      try await browser.evaluate("return document.querySelectorAll(`\(selector)`).length").number
    }
    #expect(try await count("[data-kernels='0'] canvas") == 2)
    #expect(try await count("[data-maps='0'] canvas") == 2)
    #expect(try await count("[data-maps='1'] canvas") == 2)
    // A map has a pixel for each position, and a kernel one for each weight.
    let sizes = "return ['kernels', 'maps'].map((it) => document.querySelector(`[data-${it}='0'] canvas`).width)"
    #expect(try await browser.evaluate(sizes).numbers == [3, 5])
    let rows = try await browser.evaluate(
      "return [...document.querySelectorAll(\"[aria-label='Each layer'] tbody tr\")].map((it) => it.textContent)")
    let texts = rows.list.compactMap(\.text)
    #expect(texts.count == 4 && texts[0].contains("2 × 5 × 5") && texts[1].contains("2 × 2 × 2"), "\(texts)")
    // Another sample has other maps.
    let pixels = """
      const canvas = document.querySelector("[data-maps='0'] canvas");
      return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].join();
      """
    let first = try await browser.evaluate(pixels).text
    _ = try await browser.evaluate(
      "[...document.querySelectorAll('button')].find((it) => it.textContent.startsWith('sample 1')).click()")
    #expect(try await browser.evaluate(pixels).text != first)
    let complaints = try await browser.complaints()
    #expect(complaints == [])
    try await browser.quit()
  }

  @Test("the live page shows feature maps and kernels, and changes widths and kernels")
  func live() async throws {
    let live = try LiveProcess(folder.write(Self.configuration, to: "images.yaml"))
    let browser = try await WebDriver()
    try await browser.open(live.address)
    let tile = "document.querySelector(`button.neuron[aria-label='Layer 0, neuron 1'] canvas`)"
    func waitForTile(_ side: Int) async throws {
      try await browser.wait(until: "return \(tile)?.width === \(side) && \(tile)?.height === \(side)")
    }
    try await waitForTile(5)
    let pixels = "return \(tile).toDataURL()"
    let before = try await browser.evaluate(pixels).text
    try await browser.click("[data-act=toggle]")
    try await browser.wait(until: "return document.querySelector('.status').textContent === 'Finished: epoch 3'")
    try await browser.wait(until: "return \(tile).toDataURL() !== `\(before ?? "")`")
    // The chosen neuron has its kernel as a picture, and its weights as fields.
    try await browser.click("button.neuron[aria-label='Layer 0, neuron 1']")
    try await browser.wait(until: "return document.querySelector('[data-held=kernel] canvas')?.width === 3")
    try await browser.wait(until: "return document.querySelectorAll('.held-panel table input').length === 9")
    #expect(try await browser.text(".held-panel").contains("where it responds most"))
    try await browser.set("[data-setting=weight-4]", to: "2")
    try await browser.wait(
      until: "return document.querySelector('.notice').textContent.includes('weight 4 is now 2.0')")
    try await browser.click("button.neuron[aria-label='Layer 1, neuron 0']")
    try await browser.wait(
      until: "return document.querySelector('.held-panel').textContent.includes('no weights and no bias')")

    // 5 + 2 − 2 + 1 = 6 positions for a kernel of 2.
    try await browser.set("[data-setting=layer-0-kernel]", to: "2")
    try await waitForTile(6)
    try await browser.set("[data-setting=layer-0-kernel]", to: "9")
    try await browser.wait(until: "return document.querySelector('.refusal')?.textContent.includes('9 × 9')")
    try await browser.set("[data-setting=layer-0-kernel]", to: "2x3")
    try await browser.wait(until: "return \(tile)?.width === 5 && \(tile)?.height === 6")
    try await browser.set("[data-setting=layer-0-neurons]", to: "4")
    let count = "return document.querySelectorAll(`button.neuron[aria-label^='Layer 1, ']`).length === 4"
    try await browser.wait(until: count)
    try await browser.click("[data-act=save]")
    try await browser.wait(until: "return document.querySelector('.notice').textContent.startsWith('Saved as ')")
    let saved = try live.folder.read("images-view-1.yaml")
    #expect(saved.contains("kernel: [2, 3]") && saved.contains("neurons: 4"), "\(saved)")
    #expect(try Command("check", live.folder.path("images-view-1.yaml")).code == 0)
    let complaints = try await browser.complaints()
    #expect(complaints == [])
    try await browser.quit()
  }

  @Test("the live page of a run with windows, sources and pooling begins with its model and can change its layers")
  func liveRun() async throws {
    let config = try folder.write(
      Self.configuration.replacing(
        "- {neurons: 3, activation: tanh}", with: "- {neurons: 3, activation: tanh, sources: [inputs, 1]}"),
      to: "images.yaml")
    try #require(try Command("run", config, "--quiet", "--output", folder.path("run")).code == 0)
    let live = try LiveProcess(folder.path("run"))
    let browser = try await WebDriver()
    try await browser.open(live.address)
    let neuron = "button.neuron[aria-label='Layer 2, neuron 0']"
    try await browser.wait(until: "return document.querySelector(`\(neuron)`) !== null")
    try await browser.click(neuron)
    try await browser.wait(until: "return document.querySelector('.held-panel').textContent.includes('x24')")
    try await browser.set("[data-setting=layer-1-kernel]", to: "all")
    let tile = "document.querySelector(`button.neuron[aria-label='Layer 1, neuron 0'] canvas`)"
    try await browser.wait(until: "return \(tile)?.width === 1 && \(tile)?.height === 1")
    let complaints = try await browser.complaints()
    #expect(complaints == [])
    try await browser.quit()
  }
}
