import Glibc
import NNKit

/// What came of a plugin's checks, each in a process of its own.
struct PluginReport: Codable {
  enum Status: String, Codable {
    case passed, failed, crashed, hung, exited
  }

  struct Outcome: Codable {
    let check: PluginCheck
    let status: Status
    /// How many numbers were compared.
    var compared: Int?
    var finding: Finding?
  }

  struct Function: Codable {
    let name: String
    let kind: String
    var checks: [Outcome] = []
  }

  let file: String
  var passed = true
  /// Why the file could not be opened at all.
  var fault: Outcome?
  var functions: [Function] = []

  /// The exit code of a child in which the plugin is about to fork.
  static let forkCode: Int32 = 113

  /// Opens and checks the file.
  ///
  /// - Parameters:
  ///   - file: Absolute path of the plugin.
  ///   - only: The one function to check; nil for all.
  ///   - options: Where plugins are looked for: the partners of canonical pairs.
  ///   - seconds: How long one check may take.
  /// - Throws: `FileError` if there can be no other process.
  init(_ file: String, only: String? = nil, options: [String], seconds: Double) throws {
    self.file = file
    let child = try ChildProcess(examining: file, options, seconds: seconds)
    let (outcome, lines) = Self.outcome(of: child, .descriptor, seconds)
    guard let offered = lines.compactMap(\.functions).last, outcome.status == .passed else {
      fault = outcome
      passed = false
      return
    }
    for one in offered where only == nil || one.name == only {
      var function = Function(name: one.name, kind: one.kind)
      for check in FunctionKind(rawValue: one.kind).map({ PluginCheck.all(for: $0) }) ?? [] {
        let child = try ChildProcess(
          examining: file, ["--function", one.name, "--check", check.rawValue] + options, seconds: seconds)
        function.checks.append(Self.outcome(of: child, check, seconds).outcome)
      }
      passed = passed && function.checks.allSatisfy { $0.status == .passed }
      functions.append(function)
    }
  }

  private static func outcome(
    of child: ChildProcess, _ check: PluginCheck, _ seconds: Double
  ) -> (outcome: Outcome, lines: [ExaminationLine]) {
    let lines = child.lines.compactMap { ExaminationLine(line: $0) }
    let called = lines.compactMap(\.calling).last ?? "the file"
    func outcome(_ status: Status, _ found: String) -> Outcome {
      let expected = check == .bounds ? check.summary : "that it returns"
      return Outcome(check: check, status: status, finding: Finding(called, found: found, expected: expected))
    }
    let result: Outcome
    if let finding = lines.compactMap(\.finding).last {
      result = Outcome(check: check, status: .failed, finding: finding)
    } else {
      switch child.ending {
      case .timedOut: result = outcome(.hung, "no answer within \(seconds) s")
      case .killed(let signal):
        result = outcome(.crashed, "the end of the process by signal \(signal) (\(String(cString: strsignal(signal))))")
      case .exited(forkCode):
        let finding = Finding(called, found: "a fork of the process", expected: "no other process")
        result = Outcome(check: check, status: .failed, finding: finding)
      case .exited(let code) where child.leftProcesses:
        let finding = Finding(
          called, found: "exit code \(code), and other processes that were still there (now ended)",
          expected: "no other process")
        result = Outcome(check: check, status: .failed, finding: finding)
      case .exited(let code):
        if lines.contains(where: { $0.compared != nil || $0.functions != nil }) && code == 0 {
          result = Outcome(check: check, status: .passed, compared: lines.compactMap(\.compared).last)
        } else {
          result = outcome(.exited, "the end of the process with exit code \(code)")
        }
      }
    }
    return (result, lines)
  }

  /// The report for people: a line for each check.
  var text: [String] {
    var lines = [file]
    if let fault { lines += Self.text(of: fault) }
    for function in functions {
      lines.append("\(function.name) (\(function.kind))")
      lines += function.checks.flatMap(Self.text)
    }
    return lines
  }

  private static func text(of outcome: Outcome) -> [String] {
    let name = outcome.check.rawValue
    let head = name + String(repeating: " ", count: max(1, 12 - name.count))
    guard outcome.status == .passed else {
      return ["  FAILED  \(head)\(outcome.check.summary): \(outcome.status.rawValue)"]
        + (outcome.finding.map { ["          \($0)"] } ?? [])
    }
    let count = outcome.compared.map { $0 == 0 ? " (nothing to compare)" : " (\(grouped($0)) numbers)" } ?? ""
    return ["  ok      \(head)\(outcome.check.summary)\(count)"]
  }
}
