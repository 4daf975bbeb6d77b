import Foundation
import Testing

@Suite("pages in a real browser", .serialized, .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct BrowserTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func page(_ arguments: String...) throws -> String { try page(arguments) }

  private func page(_ arguments: [String]) throws -> String {
    let command = try Command(["explain"] + arguments + ["--format", "html", "--output", folder.path("page.html")])
    try #require(command.code == 0, "\(command.errors)")
    return "file://\(folder.path("page.html"))"
  }

  @Test("Mazur's example can be stepped through by keys, and shows his loss and his new weights")
  func mazur() async throws {
    let browser = try await WebDriver()
    try await browser.open(page(Checkout.example("mazur")))
    #expect(try await browser.text("[data-fact=loss]").hasPrefix("0.2983711"))
    #expect(try await browser.text(".counter") == "step 1 of 34")
    try await browser.press("\u{E014}")
    #expect(try await browser.text(".numbers").contains("0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775"))
    try await browser.press("\u{E014}", times: 11)
    #expect(try await browser.text(".act-title").contains("loss compares"))
    #expect(try await browser.text(".numbers li").hasSuffix("= 0.298371109"))
    #expect(try await browser.text(".numbers").contains("∂L/∂a1"))
    try await browser.press("\u{E014}", times: 2)
    #expect(try await browser.text(".numbers").contains("δ = ∂L/∂a·f′(z) = 0.74136507·0.186815602 = 0.138498562"))
    #expect(try await browser.text(".neuron.acting .value").hasPrefix("δ 0.1385"))
    // The last phase: each weight moves; the panel has the same numbers.
    try await browser.click("[data-phase=step]")
    for (layer, index, weights) in [
      (0, 0, ["0.149780716", "0.199561432"]), (0, 1, ["0.249751144", "0.299502287"]),
      (1, 0, ["0.35891648", "0.408666186"]), (1, 1, ["0.51130127", "0.561370121"]),
    ] {
      let title = "Layer \(layer), neuron \(index)"
      #expect(try await browser.text(".act-title") == "\(title) moves its weights")
      #expect(try await browser.text(".panel h2") == title)
      let lines = try await browser.text(".numbers")
      for (i, weight) in weights.enumerated() {
        #expect(lines.contains("= \(weight.prefix(8))"), "\(lines)")
        #expect(try await browser.text("[data-updated='\(i)']") == weight)
      }
      try await browser.press("\u{E014}")
    }
    try await browser.press("\u{E012}", times: 40)
    #expect(try await browser.text(".counter") == "step 1 of 34")
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test("the page has every line of the text: formula, with its numbers, and result; of batches and further steps, too")
  func lines() async throws {
    let browser = try await WebDriver()
    let regularized = ["--set", "training.regularization={l1: 0.02, l2: 0.1}"]
    var cases = [
      [Checkout.example("iris"), "--sample", "60"], [Checkout.example("xor"), "--samples", "1-2", "--steps", "2"],
    ]
    for optimizer in [
      "{name: sgd, learning_rate: 0.1, momentum: 0.9, nesterov: true}", "{name: rmsprop, learning_rate: 0.02}",
      "{name: adagrad, learning_rate: 0.05}", "adam", "{name: adamw, learning_rate: 0.01, weight_decay: 0.3}",
      "{name: rprop, learning_rate: 0.03}",
    ] { cases.append([Checkout.example("mazur"), "--set", "training.optimizer=\(optimizer)"] + regularized) }
    for arguments in cases {
      let text = try Command(["explain"] + arguments)
      try #require(text.code == 0, "\(text.errors)")
      try await browser.open(page(arguments))
      var shown = try await browser.evaluate(ExplainedLines.ofPage).list.compactMap(\.text)
      let passes = try await browser.evaluate(
        "return document.querySelector('[data-setting=pass]')?.options.length ?? 1")
      for index in 1..<max(1, Int(passes.number ?? 1)) {
        try await browser.set("[data-setting=pass]", to: "\(index)")
        shown += try await browser.evaluate(ExplainedLines.ofPage).list.compactMap(\.text)
      }
      #expect((passes.number == 1) != arguments.contains("--samples"))
      let lines = ExplainedLines.of(text.output, containing: [" = ", " ← "])
      let missing = Set(lines).subtracting(shown)
      #expect(lines.count > 20 && missing.isEmpty, "\(arguments): \(missing.prefix(5))")
    }
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test(
    "a page of 784-100-10 is painted within a second, and draws any neuron that is chosen",
    .enabled(
      if: FileManager.default.fileExists(atPath: ExampleTests.fashion),
      "Debian's package dataset-fashion-mnist is not installed: `make deps` installs it"))
  func wide() async throws {
    let browser = try await WebDriver()
    let address = try page(Checkout.example("fashion-mnist"))
    // The best of some, since the machine may have other things to do.
    var (painted, drawn) = (Double.infinity, Double.infinity)
    for _ in 0..<10 where max(painted, drawn) >= 1000 {
      try await browser.open(address)
      let name = "first-contentful-paint"
      try await browser.wait(until: "return performance.getEntriesByName('\(name)').length > 0")
      let times = try await browser.evaluate(
        "return ['\(name)', 'nnkit-drawn'].map((it) => performance.getEntriesByName(it)[0].startTime)")
      painted = min(painted, times[0].number ?? .infinity)
      drawn = min(drawn, times[1].number ?? .infinity)
    }
    #expect(painted < 1000 && drawn < 1000, "\(painted) \(drawn)")
    #expect(try await browser.evaluate("return document.querySelectorAll('button.neuron').length").number ?? 99 < 40)
    try await browser.evaluate("document.querySelector('.chooser input').value = 99").expectNothing()
    try await browser.click(".chooser button")
    #expect(try await browser.text(".panel h2") == "Layer 0, neuron 99")
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test("messages to the inputs are drawn and listed, with a sentence that says what they are for")
  func inputMessages() async throws {
    let browser = try await WebDriver()
    try await browser.open(page(Checkout.example("mazur")))
    // Forward 12, loss 1, layer 1 twice 4; the first neuron of layer 0 then receives, works out δ and its gradients.
    try await browser.press("\u{E014}", times: 24)
    #expect(try await browser.text(".act-title") == "Layer 0, neuron 0 sends its messages")
    #expect(try await browser.text(".sentence").contains("An input has no weights"))
    #expect(try await browser.text(".numbers").contains("message to input 1 = w1·δ = 0.2·0.00877135 = 0.00175427"))
    let drawn = try await browser.evaluate(
      "return [...document.querySelectorAll('.spot .word')].map((it) => it.textContent).filter(Boolean)")
    #expect(drawn.list.compactMap(\.text) == ["0.00132", "0.00175"])
    let cells = try await browser.evaluate(
      "return [...document.querySelectorAll('.panel tbody tr')].map((row) => row.children[4].textContent)")
    #expect(cells.list.compactMap(\.text) == ["0.0013157032", "0.00175427094"])
    try await browser.quit()
  }

  @Test("a class has one colour on every page: explain, report and view, each with its name beside it")
  func classColours() async throws {
    let run = try Command("run", Checkout.example("iris"), "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    func colours(_ places: String) -> String {
      """
      return [...document.querySelectorAll("\(places)")].map((it) =>
        it.parentElement.textContent + " " + getComputedStyle(it).backgroundColor).join("|");
      """
    }
    let marks = """
      return [...document.querySelectorAll("[aria-label=Classes] li")].map((it) =>
        it.textContent + " " + getComputedStyle(it.querySelector(".sample-mark")).fill).join("|");
      """
    let browser = try await WebDriver()
    try await browser.open(page(Checkout.example("iris")))
    let explained = try await browser.evaluate(colours(".drawing .class-swatch")).text
    try await browser.open("file://\(folder.path("run/report.html"))")
    let reported = try await browser.evaluate(colours(".confusion thead .class-swatch")).text
    let listed = try await browser.evaluate(colours("tbody th > .class-swatch")).text
    let live = try LiveProcess(Checkout.example("iris"))
    try await browser.open(live.address)
    try await browser.wait(until: "return document.querySelectorAll('[aria-label=Classes] li').length === 3")
    let viewed = try await browser.evaluate(marks).text
    let names = (explained ?? "").split(separator: "|").compactMap { $0.split(separator: " ").first }
    #expect(names == ["setosa", "versicolor", "virginica"] && Set(explained?.split(separator: "|") ?? []).count == 3)
    #expect(reported == explained && viewed == explained && listed == explained.map { "\($0)|\($0)" })
    try await browser.quit()
  }

  @Test("a run's report and a comparison show what the run's files say")
  func report() async throws {
    let folders = ["a", "b"].map(folder.path)
    for (path, seed) in zip(folders, ["1", "2"]) {
      let run = try Command("run", Checkout.example("circles"), "--quiet", "--output", path, "--set", "seed=\(seed)")
      try #require(run.code == 0, "\(run.errors)")
    }
    let summary = try JSON(String(contentsOfFile: "\(folders[0])/summary.json", encoding: .utf8))
    let browser = try await WebDriver()
    try await browser.open("file://\(folders[0])/report.html")
    #expect(try await browser.text("[data-fact=parameters]") == "\(Int(try #require(summary["parameters"].number)))")
    #expect(
      try await browser.evaluate("return document.querySelectorAll('.plot svg path.curve').length").number ?? 0 >= 8)
    #expect(try await browser.evaluate("return document.querySelectorAll('.sample-mark').length").number == 402)
    // The ground tells how sure the network is: it has more colours than one a class.
    let colours = try await browser.evaluate(
      """
      const canvas = document.querySelector(".plane-image");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return new Set(new Uint32Array(pixels.buffer)).size;
      """)
    #expect(colours.number ?? 0 > 10)
    let findings = try await browser.text(".findings")
    #expect(findings.contains("ead"), "\(findings)")
    #expect(try await browser.complaints() == [])

    let compare = try Command(["report"] + folders + ["--output", folder.path("both.html")])
    try #require(compare.code == 0, "\(compare.errors)")
    try await browser.open("file://\(folder.path("both.html"))")
    #expect(try await browser.text("h1") == "2 runs compared")
    #expect(try await browser.text(".wrapped tbody tr").hasPrefix("seed12"))
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test("XOR is trained to 4 of 4, with a plugin dropped in meanwhile, over a reload and in two tabs")
  func live() async throws {
    let plugins = try TemporaryFolder()
    let live = try LiveProcess(Checkout.example("xor"), "--plugin-path", plugins.path)
    let browser = try await WebDriver()
    try await browser.open(live.address)
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]')?.textContent === '0'")
    try await browser.click("[data-act=toggle]")
    try await browser.wait(until: "return document.querySelector('[data-fact=hits]').textContent === '4 of 4'")
    try await browser.wait(until: "return document.querySelector('.status').textContent === 'Finished: epoch 60'")
    try await browser.click("button.neuron[aria-label='Layer 0, neuron 2']")
    try await browser.wait(until: "return document.body.textContent.includes('received ∂L/∂a')")

    // Reloaded in the middle of a training, a page shows how far it is and goes on showing.
    try await browser.set("[data-setting=pace]", to: "5")
    try await browser.click("[data-act=reset]")
    try await browser.click("[data-act=toggle]")
    let isOnItsWay = "return Number(document.querySelector('[data-fact=epoch]')?.textContent ?? 0) >= "
    try await browser.wait(until: "\(isOnItsWay) 2")
    try await browser.reload()
    try await browser.wait(until: "\(isOnItsWay) 2")
    let epoch = try await browser.evaluate("return Number(document.querySelector('[data-fact=epoch]').textContent)")
    #expect(try await browser.text(".status").hasPrefix("Training: "))
    try await browser.wait(until: "\(isOnItsWay) \((epoch.number ?? 60) + 1)")
    try await browser.set("[data-setting=pace]", to: "0")
    try await browser.wait(until: "return document.querySelector('.status').textContent === 'Finished: epoch 60'")

    // A plugin that is compiled now appears in the menu, and the network learns with it.
    let source = try #require(Checkout.readmeBlocks("c").first)
    try Checkout.compile(source, to: plugins.path("bent.so"))
    let menu = "[data-setting=layer-0-activation]"
    try await browser.wait(
      until: "return [...document.querySelector('\(menu)').options].some((it) => it.value === 'bent')")
    try await browser.set(menu, to: "bent")
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]').textContent === '0'")
    try await browser.click("[data-act=epoch]")
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]').textContent === '1'")
    try await browser.reload()
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]')?.textContent === '1'")
    #expect(try await browser.evaluate("return document.querySelector('\(menu)').value").text == "bent")

    // What one tab does, the other shows.
    let first = try await browser.tab
    try await browser.turn(to: browser.newTab())
    try await browser.open(live.address)
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]')?.textContent === '1'")
    try await browser.click("[data-act=toggle]")
    try await browser.wait(until: "return document.querySelector('[data-fact=hits]').textContent === '4 of 4'")
    #expect(try await browser.complaints() == [])
    try await browser.turn(to: first)
    try await browser.wait(until: "return document.querySelector('[data-fact=hits]').textContent === '4 of 4'")
    try await browser.click("[data-act=save]")
    try await browser.wait(until: "return document.querySelector('.notice').textContent.startsWith('Saved as ')")
    let run = try Command(
      "run", live.folder.path("xor-view-1.yaml"), "--quiet", "--output", folder.path("run"), "--plugin-path",
      plugins.path)
    #expect(run.code == 0, "\(run.errors)")
    #expect(try JSON(folder.read("run/summary.json"))["final_train_accuracy"].number == 1)
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }
}

extension JSON {
  /// A script that is run for what it does.
  fileprivate func expectNothing() {}
}
