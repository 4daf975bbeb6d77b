import Foundation
import Testing

/// A real browser without a window, steered by WebDriver: Debian's chromium with chromium-driver.
final class WebDriver {
  static let programs = ["/usr/bin/chromium", "/usr/bin/chromedriver"]
  static var isInstalled: Bool { programs.allSatisfy(FileManager.default.isExecutableFile) }
  static var isMissing: Comment {
    "\(programs.filter { !FileManager.default.isExecutableFile(atPath: $0) }) not there: `make deps` installs chromium and chromium-driver"
  }

  private let process: StartedProcess
  private let profile: TemporaryFolder
  private var session = "/session"
  private let port: UInt16

  /// Starts the driver on a free port.
  ///
  /// It chooses the port by one kind of address and ends if another program has it with the other kind; then it is started
  /// again.
  private static func start() throws -> (StartedProcess, UInt16) {
    var text = ""
    for _ in 0..<5 {
      let process = try StartedProcess(programs[1], ["--port=0"], output: .pipe(Pipe()), errors: .nowhere)
      text = ""
      while case let data = try process.nextOutput(), !data.isEmpty {
        text += String(decoding: data, as: UTF8.self)
        let place = text.firstRange(of: "started successfully on port ")
        let port = place.flatMap { UInt16(text[$0.upperBound...].prefix { $0.isNumber }) }
        if let port { return (process, port) }
      }
      if !text.contains("port not available") { break }
    }
    throw WebDriverError(description: "chromedriver ended: \(text)")
  }

  init() async throws {
    profile = try TemporaryFolder()
    (process, port) = try Self.start()
    let options: [String: Any] = [
      "args": [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=\(profile.path)",
      ]
    ]
    let wanted: [String: Any] = [
      "browserName": "chrome", "goog:loggingPrefs": ["browser": "ALL"], "goog:chromeOptions": options,
    ]
    let made = try await call("POST", "", ["capabilities": ["alwaysMatch": wanted]])
    guard let id = made["sessionId"].text else { throw WebDriverError(description: "no session") }
    session += "/\(id)"
  }

  /// Ends the browser and its driver.
  func quit() async throws {
    _ = try await call("DELETE", "", nil)
  }

  private func call(_ method: String, _ path: String, _ body: [String: Any]?) async throws -> JSON {
    let content = try body.map { [UInt8](try JSONSerialization.data(withJSONObject: $0)) } ?? []
    let connection = try RawConnection(port, seconds: 180)
    connection.send(
      "\(method) \(session)\(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n\r\n")
    connection.send(content)
    let answer = try JSON(connection.receiveBody())["value"]
    if let error = answer["error"].text {
      throw WebDriverError(description: "\(error): \(answer["message"].text ?? "")")
    }
    return answer
  }

  func open(_ address: String) async throws { _ = try await call("POST", "/url", ["url": address]) }
  func reload() async throws { _ = try await call("POST", "/refresh", [:]) }

  /// Makes the page as wide and as high as a window of that size.
  func resize(width: Int, height: Int) async throws {
    _ = try await ask(
      "Emulation.setDeviceMetricsOverride",
      ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
  }

  /// A command of the browser's own protocol.
  private func ask(_ command: String, _ parameters: [String: Any] = [:]) async throws -> JSON {
    try await call("POST", "/goog/cdp/execute", ["cmd": command, "params": parameters])
  }

  /// What takes the focus but has no name or no role for a screen reader, in the tree that the browser gives to it.
  func unnamedControls() async throws -> [String] {
    try await ask("Accessibility.getFullAXTree")["nodes"].list.compactMap { node in
      let isFocusable = node["properties"].list.contains {
        $0["name"].text == "focusable" && $0["value"]["value"].value as? Bool == true
      }
      let (role, name) = (node["role"]["value"].text ?? "", node["name"]["value"].text ?? "")
      // The page itself, and the place to which the first link leads.
      guard isFocusable, !["RootWebArea", "main"].contains(role), name.isEmpty || ["generic", "none"].contains(role)
      else { return nil }
      return "\(role) \(name)"
    }
  }

  /// The value of a JavaScript function's body.
  func evaluate(_ script: String) async throws -> JSON {
    try await call("POST", "/execute/sync", ["script": "return [(() => { \(script) })()]", "args": [Any]()])[0]
  }

  /// The text of the first element that a selector finds.
  func text(_ selector: String) async throws -> String {
    try await evaluate("return document.querySelector(`\(selector)`)?.textContent ?? ''").text ?? ""
  }

  func click(_ selector: String) async throws {
    let found = try await evaluate("const it = document.querySelector(`\(selector)`); it?.click(); return !!it")
    guard found.value as? Bool == true else { throw WebDriverError(description: "there is no \(selector)") }
  }

  /// Presses keys as a reader does.
  func press(_ key: String, times: Int = 1) async throws {
    try await type(String(repeating: key, count: times))
  }

  /// Presses one key for each character, as a reader does.
  func type(_ keys: String) async throws {
    let strokes = keys.unicodeScalars.map(String.init).flatMap { key in
      [["type": "keyDown", "value": key], ["type": "keyUp", "value": key]]
    }
    _ = try await call("POST", "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": strokes]]])
  }

  /// Chooses an option of a menu, or writes into a field, and lets the page know.
  func set(_ selector: String, to value: String) async throws {
    let script = """
      const it = document.querySelector(`\(selector)`);
      it.value = `\(value)`;
      it.dispatchEvent(new Event("change", {bubbles: true}));
      return it.value;
      """
    guard try await evaluate(script).text == value else {
      throw WebDriverError(description: "\(selector) does not take \(value)")
    }
  }

  /// Waits until a JavaScript function's body gives true.
  func wait(seconds: Double = 90, until script: String, otherwise words: String? = nil) async throws {
    let end = Date(timeIntervalSinceNow: seconds)
    while try await evaluate(script).value as? Bool != true {
      guard Date() < end else {
        let page = try await text("main")
        throw WebDriverError(description: "\(words ?? "it never came: \(script)"); the page says: \(page.prefix(600))")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  func newTab() async throws -> String {
    guard let tab = try await call("POST", "/window/new", ["type": "tab"])["handle"].text else {
      throw WebDriverError(description: "no tab")
    }
    return tab
  }

  var tab: String { get async throws { try await call("GET", "/window", nil).text ?? "" } }
  func turn(to tab: String) async throws { _ = try await call("POST", "/window", ["handle": tab]) }

  /// What the console has to complain of since it was last asked.
  func complaints() async throws -> [String] {
    let log = try await call("POST", "/se/log", ["type": "browser"])
    return log.list.filter { ["SEVERE", "WARNING"].contains($0["level"].text) }.compactMap { $0["message"].text }
  }
}

struct WebDriverError: Error, CustomStringConvertible {
  let description: String
}
