import Foundation
import Testing

@Suite("nnkit view's page in a real browser", .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct LivePageTests {
  /// Whether all of an element lies within the window, and within the place in which it may scroll.
  private static func isInSight(_ selector: String) -> String {
    """
    (() => {
      const it = document.querySelector(`\(selector)`);
      const box = it.getBoundingClientRect();
      return box.width > 0 && box.height > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
    })()
    """
  }

  @Test(
    "with 32 neurons a layer, curves and the chosen neuron stay in sight; weights, menus and refusals do what they say")
  func page() async throws {
    let live = try LiveProcess(Checkout.example("spirals"))
    let browser = try await WebDriver()
    try await browser.resize(width: 1400, height: 1000)
    try await browser.open(live.address)
    let neuron = "button.neuron[aria-label='Layer 1, neuron 31']"
    try await browser.wait(until: "return document.querySelector(`\(neuron)`) !== null")
    try await browser.click(neuron)
    try await browser.wait(until: "return document.querySelector('[data-held=z]') !== null")
    let parts = [".live-progress", ".live-progress .plot svg", ".held-panel", "[data-held=z]", neuron, ".regions"]
    let script = parts.map(Self.isInSight).joined(separator: ", ")
    let inSight = try await browser.evaluate("return [\(script)]").list
    #expect(inSight.allSatisfy { $0.value as? Bool == true }, "\(zip(parts, inSight.map(\.value)).map { "\($0)" })")
    #expect(
      try await browser.evaluate("return document.documentElement.scrollHeight <= innerHeight").value as? Bool == true)

    // A refused change stands beside its field, and goes with the next change.
    try await browser.set("[data-setting=optimizer]", to: "rprop")
    try await browser.wait(until: "return document.querySelector('[data-setting=optimizer] ~ .refusal') !== null")
    let refusal = try await browser.text(".refusal")
    #expect(refusal.contains("schedule") && !refusal.contains(".yaml"), "\(refusal)")
    let described = "return document.querySelector('[data-setting=optimizer]').getAttribute('aria-describedby')"
    #expect(try await browser.evaluate(described).text == "refusal")
    #expect(try await browser.evaluate("return document.querySelector('.notice').hidden").value as? Bool == true)
    try await browser.set("[data-setting=batch]", to: "2.5")
    #expect(try await browser.text("[data-setting=batch] ~ .refusal") == "expected a whole number")
    try await browser.set("[data-setting=batch]", to: "30")
    try await browser.wait(until: "return document.querySelector('.refusal') === null")
    #expect(
      try await browser.evaluate("return document.querySelector('[data-setting=optimizer]').value").text == "adam")

    // A weight that is set changes what the page says of the loss.
    let loss = try await browser.text("[data-fact=loss]")
    let field = "document.querySelector('.held-panel table input')"
    let setting = try await browser.evaluate("return \(field).dataset.setting").text ?? ""
    try await browser.set("[data-setting=\(setting)]", to: "9")
    try await browser.wait(
      until: "return document.querySelector('.notice').textContent.includes('is now 9.0; the loss')")
    #expect(try await browser.text("[data-fact=loss]") != loss)
    #expect(try await browser.evaluate("return \(field).value").text == "9")
    try await browser.set("[data-setting=\(setting)]", to: "1e9")
    try await browser.wait(until: "return document.querySelector('.held-panel .refusal') !== null")

    // Another data set has other classes, in the colours of the legend everywhere.
    try await browser.set("[data-setting=data]", to: "blobs")
    try await browser.wait(until: "return document.querySelectorAll('.live-network .legend li').length === 3")
    let colours = try await browser.evaluate(
      """
      const legend = [...document.querySelectorAll(".live-network .legend .sample-mark")].map((it) => it.getAttribute("fill"));
      const outputs = [...document.querySelectorAll("button.neuron[aria-label^='Layer 2']")].map((it) => it.style.borderColor);
      const marks = new Set([...document.querySelectorAll(".plane-figure .sample-mark")].map((it) => it.getAttribute("fill")));
      return [legend.length === 3, legend.join() === outputs.join(), marks.size === 3, legend.every((it) => marks.has(it))];
      """
    ).list
    #expect(colours.allSatisfy { $0.value as? Bool == true }, "\(colours.map(\.value))")
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  @Test("xor's output and its decision regions have one colour for one class, in light and dark, at 400 pixels too")
  func colours() async throws {
    let live = try LiveProcess(Checkout.example("xor"))
    let browser = try await WebDriver()
    try await browser.resize(width: 400, height: 900)
    try await browser.open(live.address)
    try await browser.wait(until: "return document.querySelector('[data-fact=epoch]')?.textContent === '0'")
    try await browser.click("[data-act=toggle]")
    try await browser.wait(until: "return document.querySelector('.status').textContent.startsWith('Finished')")
    // Where the colours of the output's picture and of the regions are clear, they are nearest to the same class's.
    let script = """
      const pixels = (canvas) => {
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        return copy.getImageData(0, 0, canvas.width, canvas.height).data;
      };
      const style = getComputedStyle(document.documentElement);
      const channels = (name) => [1, 3, 5].map((at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16));
      const ground = channels("--zero");
      const classes = [0, 1].map((index) => channels(`--class-${index}`).map((value, i) => value - ground[i]));
      const nearest = (data, i) => {
        const own = ground.map((value, at) => data[4 * i + at] - value);
        const along = classes.map((one) => one.reduce((sum, value, at) => sum + value * own[at], 0) / Math.hypot(...one));
        return Math.hypot(...own) < 40 ? null : along[0] > along[1] ? 0 : 1;
      };
      const output = pixels(document.querySelector("button.neuron[aria-label='Layer 1, neuron 0'] canvas"));
      const regions = pixels(document.querySelector(".plane-image"));
      let [seen, others] = [new Set(), 0];
      for (let i = 0; i < output.length / 4; i++) {
        const [one, other] = [nearest(output, i), nearest(regions, i)];
        if (one === null || other === null) continue;
        seen.add(one);
        if (one !== other) others += 1;
      }
      return [seen.size, others, document.documentElement.scrollWidth > innerWidth];
      """
    for theme in ["light", "dark"] {
      let found = try await browser.evaluate(script).list
      #expect(
        found[0].number == 2 && found[1].number == 0 && found[2].value as? Bool == false,
        "\(theme): \(found.map(\.value))")
      try await browser.click("#theme")
    }
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }
}
