import Foundation
import Testing

@Suite("the lesson in a real browser", .serialized, .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct LearnPageTests {
  /// What keeps a page from being used by keyboard or with a screen reader.
  static let structure = """
    const name = (it) => it.getAttribute("aria-label") ?? it.textContent.trim();
    for (const it of main.querySelectorAll("input, select")) {
      if (!it.labels?.length && !it.getAttribute("aria-label")) faults.push(`${it.outerHTML.slice(0, 80)} has no label`);
    }
    for (const it of main.querySelectorAll("button, a, summary")) if (!name(it)) faults.push(`${it.outerHTML.slice(0, 80)} has no name`);
    for (const it of main.querySelectorAll("a")) if (!it.getAttribute("href")) faults.push(`${name(it)} leads nowhere`);
    for (const it of main.querySelectorAll("section, [role=region], [role=group], [role=toolbar], nav")) {
      if (!it.getAttribute("aria-label")) faults.push(`${it.className} has no label`);
    }
    for (const it of main.querySelectorAll("canvas, svg")) {
      const isHidden = it.closest("[aria-hidden=true]");
      if (!isHidden && !(it.getAttribute("role") === "img" && it.getAttribute("aria-label"))) faults.push(`a picture in ${it.parentElement.className} has no words`);
    }
    for (const it of main.querySelectorAll("[onclick], [tabindex='-1']:not(.drawing)")) faults.push(`${it.outerHTML.slice(0, 80)} is not for the keyboard`);
    let level = 1;
    for (const it of document.querySelectorAll("h1, h2, h3, h4")) {
      const own = Number(it.tagName[1]);
      if (own > level + 1) faults.push(`${it.textContent} skips a level`);
      level = own;
    }
    """

  /// Text that is hard to see on its ground.
  private static let contrast = """
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const ground = (it) => {
      for (let at = it; at; at = at.parentElement) {
        const [red, green, blue, alpha] = numbers(getComputedStyle(at).backgroundColor);
        if (alpha !== 0) return [red, green, blue];
      }
      return [255, 255, 255];
    };
    const light = (colour) => {
      const [red, green, blue] = colour.map((value) => value / 255).map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (const it of main.querySelectorAll("p, li, dt, dd, th, td, h2, h3, label, a, code, button:enabled")) {
      if (!it.textContent.trim() || !it.checkVisibility()) continue;
      const both = [light(numbers(getComputedStyle(it).color).slice(0, 3)), light(ground(it))].sort((one, other) => other - one);
      const contrast = (both[0] + 0.05) / (both[1] + 0.05);
      if (contrast < 4.5) faults.push(`${it.tagName} ${it.className} ${it.textContent.slice(0, 30)}: contrast ${contrast.toFixed(2)}`);
    }
    """

  /// What makes the page wider than its window.
  private static let width = """
    if (document.documentElement.scrollWidth > innerWidth) {
      const wide = [...main.querySelectorAll("*")].find((it) => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest(".scroll, pre, .drawing, .formula-block"));
      faults.push(`the page is wider than its window: ${wide?.outerHTML.slice(0, 120)}`);
    }
    """

  /// Plays with each live part and looks whether its figures change; answers each exercise wrong and right.
  private static let use = """
    const data = JSON.parse(document.getElementById("lesson-data").textContent);
    for (const part of data.parts) {
      const place = document.querySelector(`[data-part="${part.name}"]`);
      const figures = place.querySelector(".figures");
      if (!figures.children.length) faults.push(`${part.name} shows nothing`);
      const before = figures.innerHTML;
      const next = place.querySelector("[aria-label='Next recorded step']");
      const menu = place.querySelector("select:enabled");
      const number = place.querySelector(".trace-detail .trace-number");
      const moment = place.querySelector("[aria-label='Moment']");
      if (next) next.click();
      else if (moment) { moment.value = 0; moment.dispatchEvent(new Event("input")); }
      else if (menu) { menu.value = menu.value === "0" ? "1" : "0"; menu.dispatchEvent(new Event("change")); }
      else if (number) number.click();
      else faults.push(`${part.name} has nothing to play with`);
      if (figures.innerHTML === before) faults.push(`${part.name} does not change`);
    }
    for (const exercise of data.exercises) {
      const place = document.querySelector(`[data-exercise="${exercise.name}"]`);
      const verdict = place.querySelector(".verdict");
      const check = () => place.querySelector("form").requestSubmit();
      const expect = (isRight, words) => {
        if (verdict.classList.contains("good") !== isRight) faults.push(`${exercise.name}: ${verdict.textContent}`);
        const seen = document.createElement("p");
        seen.innerHTML = words;
        if (!verdict.textContent.includes(seen.textContent)) faults.push(`${exercise.name}: ${verdict.textContent}, expected ${words}`);
      };
      if (exercise.kind === "number") {
        const field = place.querySelector("input");
        const enter = (value) => { field.value = value; check(); };
        enter("");
        expect(false, "Enter a number");
        for (const mistake of exercise.mistakes) { enter(mistake.value); expect(false, mistake.hint); }
        enter(exercise.value + 1234);
        expect(false, exercise.hint);
        enter(String(exercise.value).replace("-", "−"));
        expect(true, exercise.right);
      } else if (exercise.kind === "choice") {
        check();
        expect(false, "Choose");
        const options = [...place.querySelectorAll("input")];
        for (const wanted of [true, false]) {
          exercise.options.forEach((option, index) => {
            if (Boolean(option.hint) !== wanted) return;
            options[index].click();
            check();
            expect(!option.hint, option.hint ?? exercise.right);
          });
        }
      } else {
        const part = data.parts.find((one) => one.name === exercise.part);
        const own = document.querySelector(`[data-part="${exercise.part}"]`);
        const goal = (step) => step.figures.find((one) => one.kind === "goal").content;
        const go = (index) => {
          const step = part.recorded[index];
          const first = own.querySelector("[aria-label='Previous recorded step']");
          if (first) {
            for (let i = 0; i < 99; i++) first.click();
            for (let i = 0; i < index; i++) own.querySelector("[aria-label='Next recorded step']").click();
            return;
          }
          for (const [name, value] of Object.entries(step.values)) {
            const menu = document.getElementById(`${part.name}-${name}`);
            menu.value = value;
            menu.dispatchEvent(new Event("change"));
          }
        };
        const [no, yes] = [false, true].map((isMet) => part.recorded.findIndex((step) => goal(step).isMet === isMet));
        if (no < 0 || yes < 0) faults.push(`${exercise.name} cannot be done, or is done from the beginning`);
        go(no);
        check();
        expect(false, goal(part.recorded[no]).hint);
        go(yes);
        check();
        expect(true, exercise.right);
      }
    }
    """

  @Test("each chapter on disk: both themes, narrow and wide, its parts played with, its exercises answered")
  func pages() async throws {
    let folder = try TemporaryFolder()
    let command = try Command("learn", "--output", folder.path("lesson"))
    try #require(command.code == 0, "\(command.errors)")
    #expect(command.output == "\(folder.path("lesson/index.html"))\n")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("lesson"))
      .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
    #expect(files.count == 12)
    let browser = try await WebDriver()
    for file in files {
      try await browser.resize(width: 1400, height: 900)
      try await browser.open("file://\(folder.path("lesson/\(file)"))")
      try await browser.wait(seconds: 10, until: "return document.body.dataset.ready === 'true'")
      // The first paint takes longer while other tests run.
      var painted = Double.infinity
      for attempt in 0..<8 where painted >= 300 {
        if attempt > 0 { try await browser.reload() }
        let paint = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        try await browser.wait(seconds: 10, until: "\(paint) > 0 && document.body.dataset.ready === 'true'")
        painted = min(painted, try await browser.evaluate(paint).number ?? .infinity)
      }
      #expect(painted < 300, "\(file)")
      func faults(_ scripts: String...) async throws -> [JSON] {
        let begin = "const faults = []; const main = document.querySelector('main');"
        return try await browser.evaluate("\(begin) \(scripts.joined(separator: "\n")) return faults;").list
      }
      var found = try await faults(Self.structure, Self.contrast, Self.width, Self.use)
      // Drawings take the new width in the next frame; what stays too wide is found by the check.
      let fits = "return document.documentElement.scrollWidth <= innerWidth"
      try await browser.resize(width: 400, height: 900)
      try? await browser.wait(seconds: 3, until: fits)
      found += try await faults(Self.width)
      try await browser.click("#theme")
      found += try await faults(Self.contrast, Self.width)
      try await browser.resize(width: 1400, height: 900)
      found += try await faults(Self.width)
      #expect(found.compactMap(\.text) == [], "\(file)")
      #expect(try await browser.complaints() == [], "\(file)")
    }
    try await browser.quit()
  }

  @Test(
    "served, a part asks the engine; links lead from chapter to chapter; the keys of explain work only inside of it")
  func served() async throws {
    let live = try LiveProcess("1", command: "learn")
    #expect(live.address.hasSuffix("/1-a-neuron.html"))
    let browser = try await WebDriver()
    try await browser.open(live.address)
    try await browser.wait(seconds: 10, until: "return document.body.dataset.ready === 'true'")
    // z = 1.5·2 − 0.6·1 + 0.3 = 2.7, and its sigmoid.
    let slide = """
      const it = document.getElementById("neuron-w1");
      it.value = 1.5;
      it.dispatchEvent(new Event("input"));
      """
    _ = try await browser.evaluate(slide)
    try await browser.wait(
      seconds: 10, until: "return document.querySelector('[data-part=neuron] .numbers').textContent.includes('= 2.7')")
    let sigmoid = String(format: "%.6g", 1 / (1 + exp(-2.7)))
    #expect(try await browser.text("[data-part=neuron] .numbers").contains("= \(sigmoid)"))
    try await browser.set("#bugs-bug", to: "1")
    try await browser.wait(
      seconds: 10,
      until: "return document.querySelector('[data-part=bugs] .remark').textContent.includes('three numbers')")

    try await browser.click("[rel=next]")
    try await browser.wait(
      seconds: 10, until: "return document.body.dataset.ready === 'true' && location.href.endsWith('2-how-wrong.html')")
    // A press in the middle of the picture: both weights are 0 there, and the sliders are, too.
    let press = """
      const area = document.querySelector(".surface-place");
      const box = area.getBoundingClientRect();
      area.dispatchEvent(new MouseEvent("click", {clientX: box.left + box.width / 2, clientY: box.top + box.height / 2}));
      return ["w1", "w2"].map((name) => Number(document.getElementById(`surface-${name}`).value));
      """
    #expect(try await browser.evaluate(press).numbers == [0, 0])
    try await browser.wait(
      seconds: 10, until: "return document.querySelector('[data-part=surface] [data-fact=weight]').textContent === '0'")
    try await browser.click(".chapters a[href='4-messages.html']")
    try await browser.wait(seconds: 10, until: "return document.querySelector('.explained .act-title') !== null")
    // The page of explain in the chapter has the keys of its own, but only there.
    #expect(try await browser.text(".explained .counter") == "step 1 of 34")
    try await browser.press("\u{E014}")
    #expect(try await browser.text(".explained .counter") == "step 1 of 34")
    _ = try await browser.evaluate("document.querySelector('.explained .primary').focus()")
    try await browser.press("\u{E014}")
    #expect(try await browser.text(".explained .counter") == "step 2 of 34")
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }
}
