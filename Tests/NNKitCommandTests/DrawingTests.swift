import Foundation
import Testing

@Suite("the drawing of nnkit explain's page", .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct DrawingTests {
  /// Goes through all steps of a page, and gives the count of labels seen and what is wrong with them.
  private static let labels = """
    const boxOf = (it) => { const range = document.createRange(); range.selectNodeContents(it); return range.getBoundingClientRect(); };
    const drawing = document.querySelector(".drawing");
    const faults = [];
    let count = 0;
    const check = (step) => {
      const labels = [...drawing.querySelectorAll(".name, .value, .word, .column-title")].filter((it) => it.textContent)
        .map((it) => ({ it, text: it.textContent, box: boxOf(it) })).filter(({ box }) => box.width > 0);
      count += labels.length;
      labels.forEach((one, i) => labels.slice(i + 1).forEach((other) => {
        if (one.it.contains(other.it) || other.it.contains(one.it)) return;
        const [a, b] = [one.box, other.box];
        if (a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5) {
          faults.push(`${step}: "${one.text}" on "${other.text}"`);
        }
      }));
      const origin = drawing.querySelector("svg").getBoundingClientRect();
      for (const line of drawing.querySelectorAll(".line")) {
        const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((key) => Number(line.getAttribute(key)));
        const half = Number(line.getAttribute("stroke-width")) / 2;
        for (const { text, box } of labels) {
          // Where the line enters and leaves the box's strip of x, is it above or below it?
          const [left, right] = [box.left - origin.left, box.right - origin.left];
          const [from, to] = [Math.max(left, Math.min(x1, x2)), Math.min(right, Math.max(x1, x2))];
          if (from > to) continue;
          const y = (x) => origin.top + (x1 === x2 ? y1 : y1 + ((y2 - y1) * (x - x1)) / (x2 - x1));
          const [low, high] = [Math.min(y(from), y(to)) - half, Math.max(y(from), y(to)) + half];
          if (low < box.bottom && high > box.top) faults.push(`${step}: "${text}" on a line`);
        }
      }
      for (const { it, text } of labels) {
        if (it.scrollWidth > it.clientWidth + 1 && !it.title) faults.push(`${step}: "${text}" is cut off`);
        const hidden = it.matches(".value") && it.closest(".neuron");
        if (hidden && (boxOf(it).left < hidden.getBoundingClientRect().left || boxOf(it).right > hidden.getBoundingClientRect().right)) faults.push(`${step}: "${text}" leaves its neuron`);
      }
    };
    const slider = document.querySelector(".bar input");
    // Of many steps every third: their kinds take turns by three and four, so that each is seen.
    const stride = Number(slider.max) > 60 ? 3 : 1;
    for (let step = 0; step <= Number(slider.max); step += stride) {
      slider.value = step;
      slider.dispatchEvent(new Event("input"));
      check(step + 1);
    }
    return [count, ...faults];
    """

  /// What the nodes of the drawing say at the first step, at the loss, and at the last.
  private static let values = """
    const slider = document.querySelector(".bar input");
    const shown = () => [...document.querySelectorAll(".drawing .spot .value, .drawing .loss > .value")]
      .map((it) => it.textContent).join("|");
    const at = (step) => { slider.value = step; slider.dispatchEvent(new Event("input")); };
    at(0);
    const [first, panel] = [shown(), document.querySelector("[data-fact=output]").textContent];
    at(12);
    const loss = shown();
    const targets = [...document.querySelectorAll(".target .value")].map((it) => it.textContent).join("|");
    const terms = [...document.querySelectorAll(".target .word")].map((it) => it.textContent).join("|");
    at(13);
    const tip = document.querySelectorAll(".connection.active .arrowhead")[0].getBoundingClientRect();
    const acting = document.querySelector(".neuron.acting").getBoundingClientRect();
    const isBack = Math.abs(tip.left - acting.right) < 2;
    const every = [...document.querySelectorAll(".connection")].every((it) => it.querySelector(".arrowhead"));
    return [first, panel, loss, targets, terms, isBack, every, document.querySelector(".sentence").textContent];
    """

  @Test("labels never lie on each other or on lines, and none is cut off, at 400 and 1400 pixels")
  func labels() async throws {
    let folder = try TemporaryFolder()
    let small = try folder.write(
      """
      data: {train: {generator: xor}}
      network: {layers: [{neurons: 3, activation: tanh}, {neurons: 1, activation: sigmoid}]}
      loss: binary_cross_entropy
      """, to: "xor-2-3-1.yaml")
    let browser = try await WebDriver()
    for example in [Checkout.example("mazur"), small, Checkout.example("iris"), Checkout.example("spirals")] {
      let path = folder.path("page.html")
      let command = try Command("explain", example, "--sample", "0", "--format", "html", "--output", path)
      try #require(command.code == 0, "\(command.errors)")
      for width in [400, 1400] {
        try await browser.resize(width: width, height: 900)
        try await browser.open("file://\(path)")
        let found = try await browser.evaluate(Self.labels).list
        let faults = found.dropFirst().compactMap(\.text)
        #expect(faults.isEmpty, "\(example) at \(width): \(faults.prefix(5))")
        #expect(found.first?.number ?? 0 > 300)
        let overhang = try await browser.evaluate("return document.documentElement.scrollWidth > innerWidth")
        #expect(overhang.value as? Bool == false, "\(example) at \(width) is wider than the window")
      }
    }
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test("values, the loss and its terms appear when their step has come, and arrows point where messages go")
  func values() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("page.html")
    let command = try Command("explain", Checkout.example("mazur"), "--format", "html", "--output", path)
    try #require(command.code == 0, "\(command.errors)")
    let browser = try await WebDriver()
    try await browser.open("file://\(path)")
    let shown = try await browser.evaluate(Self.values).list
    #expect(shown[0].text == "0.05|0.1|||||" && shown[1].text == "…")
    #expect(shown[2].text == "0.05|0.1|a 0.5933|a 0.5969|a 0.7514|a 0.7729|L 0.2984")
    #expect(shown[3].text == "y 0.01|y 0.99" && shown[4].text == "0.275|0.0236")
    #expect(shown[5].value as? Bool == true && shown[6].value as? Bool == true)
    #expect(shown[7].text == "A message comes back from the loss: how fast L changes when this output a changes.")
    try await browser.quit()
  }
}
