import Foundation
import Testing

@Suite(
  "the lesson with the keyboard alone", .serialized, .enabled(if: WebDriver.isInstalled, WebDriver.isMissing))
struct LearnKeyboardTests {
  /// Notes what the tab key should reach, and what it reaches: each control once, of a group of radio buttons the first.
  private static let watch = """
    const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
    const groups = new Set();
    const stops = all.filter((it) => !it.disabled && it.tabIndex >= 0 && it.checkVisibility())
      .filter((it) => it.type !== "radio" || (!groups.has(it.name) && groups.add(it.name)));
    window.walk = {stops, reached: new Set(), faults: []};
    addEventListener("focusin", ({target}) => {
      walk.reached.add(target);
      const {outlineStyle, outlineWidth} = getComputedStyle(target);
      if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) walk.faults.push(`the focus is not seen on ${target.outerHTML.slice(0, 80)}`);
    });
    return stops.length;
    """
  private static let missed = """
    const words = (it) => it.outerHTML.slice(0, 100);
    return [...walk.faults, ...walk.stops.filter((it) => !walk.reached.has(it)).map((it) => `the tab key does not reach ${words(it)}`),
      ...[...walk.reached].filter((it) => !walk.stops.includes(it)).map((it) => `the tab key stops at ${words(it)}`)];
    """

  private let browser: WebDriver
  init() async throws { browser = try await WebDriver() }

  private enum Key {
    static let tab = "\u{E004}"
    static let enter = "\u{E007}"
    static let erase = "\u{E003}"
    static let space = " "
    static let left = "\u{E012}"
    static let right = "\u{E014}"
    static let up = "\u{E013}"
    static let down = "\u{E015}"
    static let first = "\u{E011}"
    static let last = "\u{E010}"
  }

  /// Presses keys on an element, and waits until a text changes.
  private func press(_ keys: String, on selector: String, toChange text: String) async throws {
    let found = try await browser.evaluate(
      """
      window.before = document.querySelector(`\(text)`).innerHTML;
      const it = document.querySelector(`\(selector)`);
      it.focus();
      return document.activeElement === it;
      """)
    #expect(found.value as? Bool == true, "\(selector) takes no focus")
    try await browser.type(keys)
    try await browser.wait(
      seconds: 30, until: "return document.querySelector(`\(text)`).innerHTML !== before",
      otherwise: "keys on \(selector) change nothing")
  }

  /// Whether the focus is still inside of an element, not lost with what was replaced.
  private func expectFocus(in selector: String) async throws {
    let isInside = try await browser.evaluate(
      "return document.querySelector(`\(selector)`).contains(document.activeElement)")
    #expect(isInside.value as? Bool == true, "the focus has left \(selector)")
  }

  @Test("in each chapter the tab key reaches everything, keys use each live part, and each exercise is answered")
  func chapters() async throws {
    let live = try LiveProcess("1", command: "learn")
    // Wide enough for the list of chapters.
    try await browser.resize(width: 1400, height: 900)
    try await browser.open(live.address)
    let base = live.address.replacing("1-a-neuron.html", with: "")
    let chapters = try await browser.evaluate(
      "return [...document.querySelectorAll('.chapters ol a')].map((it) => it.getAttribute('href'))"
    ).list.compactMap(\.text)
    #expect(chapters.count == 11)
    for chapter in chapters {
      try await browser.open(base + chapter)
      try await browser.wait(seconds: 10, until: "return document.body.dataset.ready === 'true'")
      let stops = Int(try await browser.evaluate(Self.watch).number ?? 0)
      #expect(stops > 20, "\(chapter)")
      try await browser.press(Key.tab, times: stops + 2)
      let begin = "const faults = []; const main = document.querySelector('main');"
      let faults =
        try await browser.evaluate(Self.missed).list
        + browser.evaluate("\(begin) \(LearnPageTests.structure) return faults").list
      #expect(faults.compactMap(\.text) == [], "\(chapter)")
      #expect(try await browser.unnamedControls() == [], "\(chapter)")
      let data = try JSON(try await browser.text("#lesson-data"))
      for part in data["parts"].list { try await use(part) }
      for exercise in data["exercises"].list { try await answer(exercise, in: data) }
      let refused = "return [...document.querySelectorAll('.part [role=status].bad')].map((it) => it.textContent)"
      #expect(try await browser.evaluate(refused).list.compactMap(\.text) == [], "\(chapter)")
    }
    #expect(try await browser.complaints() == [])
    try await browser.quit()
  }

  /// Moves each of its controls by a key; the engine's answer must show.
  private func use(_ part: JSON) async throws {
    let name = part["name"].text ?? ""
    let place = "[data-part=\(name)]"
    for control in part["controls"].list {
      let choices = control["choices"].list.count
      let initial = control["initial"].number ?? 0
      let isAtEnd = choices > 0 ? Int(initial) == choices - 1 : initial == control["maximum"].number
      let key = choices > 0 ? (isAtEnd ? Key.up : Key.down) : (isAtEnd ? Key.left : Key.right)
      try await press(key, on: "#\(name)-\(control["name"].text ?? "")", toChange: "\(place) .figures")
    }
    for kind in part["figures"].list.compactMap({ $0["kind"].text }) {
      switch kind {
      case "frames":
        try await press(Key.left, on: "\(place) [aria-label=Moment]", toChange: "\(place) .figures .caption")
        let play = "\(place) [data-act=frames]"
        try await press(Key.space, on: play, toChange: play)
        try await press(Key.enter, on: play, toChange: play)
      case "trace":
        let detail = "\(place) .trace-detail"
        try await press(Key.enter, on: "\(place) [data-trace=L]", toChange: detail)
        for button in [".trace-number", ".trace-number", "button.quiet"] {
          try await press(Key.enter, on: "\(detail) \(button)", toChange: detail)
          try await expectFocus(in: detail)
        }
      default: break
      }
    }
  }

  private func answer(_ exercise: JSON, in data: JSON) async throws {
    let name = exercise["name"].text ?? ""
    let place = "[data-exercise=\(name)]"
    let verdict = "\(place) .verdict"
    switch exercise["kind"].text {
    case "number":
      let right = try #require(exercise["value"].number)
      let mistake = exercise["mistakes"][0]
      let wrong = "\(try #require(mistake["value"].number))"
      try await press(wrong + Key.enter, on: "#answer-\(name)", toChange: verdict)
      let shown = try await browser.evaluate("return document.querySelector(`\(verdict)`).innerHTML").text ?? ""
      #expect(shown.contains(try #require(mistake["hint"].text)))
      try await press(
        String(repeating: Key.erase, count: wrong.count) + "\(right)" + Key.enter, on: "#answer-\(name)",
        toChange: verdict)
    case "choice":
      let options = exercise["options"].list
      let right = try #require(options.firstIndex { $0["hint"].text == nil })
      // With one step of an arrow key from a wrong answer to the right one.
      let (wrong, step) = right == 0 ? (1, Key.up) : (right - 1, Key.down)
      try await press(Key.space + Key.enter, on: "#answer-\(name)-\(wrong)", toChange: verdict)
      try await press(step + Key.tab + Key.enter, on: "#answer-\(name)-\(wrong)", toChange: verdict)
    default:
      // The picture's walk downhill; the functions, weights and biases that suit each other.
      let keys = [
        "surface-steps": Key.last, "depth-activation": Key.last, "depth-initializer": Key.last, "depth-bias": Key.first,
      ]
      let part = exercise["part"].text ?? ""
      try await press(Key.enter, on: "\(place) button", toChange: verdict)
      for (control, key) in keys.sorted(by: { $0.key < $1.key }) where control.hasPrefix("\(part)-") {
        _ = try await browser.evaluate("document.getElementById('\(control)').focus()")
        try await browser.type(key)
      }
      try await browser.wait(
        seconds: 30, until: "return document.querySelector('[data-part=\(part)]').dataset.met === 'true'",
        otherwise: "the goal of \(part) is not met")
      try await press(Key.enter, on: "\(place) button", toChange: verdict)
    }
    #expect(
      try await browser.evaluate("return document.querySelector(`\(place)`).dataset.solved").text == "true", "\(name)")
  }
}
