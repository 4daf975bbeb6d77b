import NNKit

/// What came of a plugin's checks, each in a process of its own.
public struct PluginReport: Codable, Sendable {
  /// How a check ended.
  public enum Status: String, Codable, Sendable {
    case passed, failed, crashed, hung, exited
    case notChecked = "not_checked"
  }

  /// A check and how it ended.
  public struct Outcome: Codable, Sendable {
    /// Which check it was.
    public let check: PluginCheck
    /// How it ended.
    public let status: Status
    /// How many numbers were compared.
    public var compared: Int?
    /// Why it could not be checked.
    public var obstacle: String?
    /// What it found, if it failed.
    public var finding: Finding?

    /// Whether the function is at fault.
    public var isFault: Bool { status != .passed && status != .notChecked }
    /// Whether it says anything of what the function computes.
    var isAnswer: Bool { status == .passed && check != .descriptor && compared ?? 0 > 0 }
  }

  /// What came of the checks of one function.
  public struct Function: Codable, Sendable {
    /// The name of the function.
    public let name: String
    /// Activation, loss, neuron, backend or communicator.
    public let kind: String
    /// The checks in the order in which they ran.
    public internal(set) var checks: [Outcome] = []
  }

  /// Absolute path of the plugin.
  public let file: String
  /// Whether checks were made, and none of them found anything.
  public private(set) var passed = false
  /// Why the file could not be opened at all.
  public private(set) var fault: Outcome?
  /// The functions of the file, with their checks.
  public private(set) var functions: [Function] = []
  /// Functions of kinds that this program does not know.
  public private(set) var skipped: [String] = []

  /// Opens and checks the file.
  ///
  /// - Parameters:
  ///   - file: Absolute path of the plugin.
  ///   - only: The one function to check; nil for all.
  ///   - options: Options of `nnkit plugins` that say where other plugins lie, as the partners of canonical pairs.
  ///   - seconds: How long one call may take; a check may take six times as long.
  ///   - ranks: How many processes check a communicator together; its launcher starts them.
  ///   - program: The path of the program nnkit, which calls the plugin.
  /// - Throws: `FileError` if the program cannot be started.
  public init(
    _ file: String, only: String? = nil, options: [String] = [], seconds: Double = 10, ranks: Int = 2,
    by program: String
  ) throws {
    self.file = file
    let child = try ChildProcess(examining: file, options, seconds: seconds, by: program)
    let (outcome, lines) = Self.outcome(of: child, .descriptor, seconds)
    guard let offered = lines.compactMap(\.functions).last, outcome.status == .passed else {
      fault = outcome
      return
    }
    skipped = only == nil ? lines.compactMap(\.skipped).last ?? [] : []
    for one in offered where only == nil || one.name == only {
      var function = Function(name: one.name, kind: one.kind)
      for check in PluginKind(named: one.kind)?.checks ?? [] {
        let arguments = ["--function", one.name, "--check", check.rawValue] + options
        if check == .ranks {
          function.checks.append(
            Self.outcome(ofRanks: ranks, one.launcher, [file] + arguments, seconds: seconds, by: program))
          continue
        }
        let child = try ChildProcess(examining: file, arguments, seconds: seconds, by: program)
        function.checks.append(Self.outcome(of: child, check, seconds).outcome)
      }
      function.checks = Self.causeFirst(function.checks)
      functions.append(function)
    }
    passed = !outcomes.contains(where: \.isFault) && outcomes.contains(where: \.isAnswer)
  }

  /// The checks with that one before the others that explains most of what was found.
  ///
  /// A function that keeps a state, writes its inputs or leaves results unwritten has wrong values and derivatives in the
  /// wake of that, in whatever check comes first; unless each of its calls crashes or fails in the same way.
  private static func causeFirst(_ outcomes: [Outcome]) -> [Outcome] {
    guard let first = outcomes.firstIndex(where: \.isFault), outcomes[first].check != .descriptor else {
      return outcomes
    }
    // That of the parameters repeats others, which say more where they fail with the defaults too.
    if outcomes[first].check == .parameters {
      let others: [PluginCheck] = [.written, .addition, .bounds, .float]
      let repeated = outcomes.indices.first { outcomes[$0].isFault && others.contains(outcomes[$0].check) }
      if let repeated {
        var sorted = outcomes
        sorted.insert(sorted.remove(at: repeated), at: first)
        return sorted
      }
    }
    let symptom = outcomes[first].finding?.found
    let causes: [PluginCheck] = [.environment, .written, .addition, .inputs, .repetition]
    let cause = causes.lazy.compactMap { check in
      outcomes.indices.first { index in
        let outcome = outcomes[index]
        let isSymptom = index != first && outcome.finding?.found == symptom
        return outcome.check == check && outcome.status == .failed && !isSymptom
      }
    }.first
    guard let cause, cause > first else { return outcomes }
    var sorted = outcomes
    sorted.insert(sorted.remove(at: cause), at: first)
    return sorted
  }

  private var outcomes: [Outcome] { functions.flatMap(\.checks) }

  private static func outcome(
    of child: ChildProcess, _ check: PluginCheck, _ seconds: Double
  ) -> (outcome: Outcome, lines: [ExaminationLine]) {
    let lines = child.lines
    let called = child.call ?? "the file"
    func outcome(_ status: Status, found: String? = nil, expected: String? = nil) -> Outcome {
      let isOfMemory = check == .bounds || check == .inputs
      let finding = Finding(
        called, found: found ?? child.ending.found,
        expected: expected ?? "that \(isOfMemory ? check.summary : "it returns")")
      return Outcome(check: check, status: status, finding: finding)
    }
    let result: Outcome
    if let finding = lines.compactMap(\.finding).last {
      result = Outcome(check: check, status: .failed, finding: finding)
    } else {
      switch child.ending {
      case .timedOut: result = outcome(.hung)
      case .unfinished(let seconds):
        let obstacle = "it was not done within six times the \(seconds) s that one call may take (`--seconds`)"
        result = Outcome(check: check, status: .notChecked, obstacle: obstacle)
      case .closedFiles: result = outcome(.failed, expected: "that they stay open")
      case .killed: result = outcome(.crashed)
      case .forked: result = outcome(.failed, expected: "no other process")
      case .exited where child.leftProcesses:
        result = outcome(
          .failed, found: "\(child.ending.found), and other processes that were still there (now ended)",
          expected: "no other process")
      case .exited(0):
        let (compared, obstacle) = (lines.compactMap(\.compared).last, lines.compactMap(\.obstacle).last)
        if obstacle != nil {
          result = Outcome(check: check, status: .notChecked, obstacle: obstacle)
        } else if compared != nil || lines.contains(where: { $0.functions != nil }) {
          result = Outcome(check: check, status: .passed, compared: compared)
        } else {
          result = outcome(.exited)
        }
      case .exited: result = outcome(.exited)
      }
    }
    return (result, lines)
  }

  /// Has a communicator's launcher start some ranks, which check it together.
  private static func outcome(
    ofRanks count: Int, _ launcher: String?, _ arguments: [String], seconds: Double, by program: String
  ) -> Outcome {
    func obstacle(_ words: String) -> Outcome { Outcome(check: .ranks, status: .notChecked, obstacle: words) }
    guard let launcher else { return obstacle("the plugin does not name the command that starts ranks") }
    let launch = launcher.split(separator: " ").map { $0 == "RANKS" ? "\(count)" : String($0) }
    let ranks: LaunchedRanks
    do { ranks = try LaunchedRanks(launch, program, arguments, seconds: seconds) } catch { return obstacle("\(error)") }
    let lines = ranks.report.lines
    if let finding = lines.compactMap(\.finding).first {
      return Outcome(check: .ranks, status: .failed, finding: finding)
    }
    if let words = lines.compactMap(\.obstacle).first { return obstacle(words) }
    let compared = lines.compactMap(\.compared)
    if compared.count == count { return Outcome(check: .ranks, status: .passed, compared: compared[0]) }
    let isHung = if case .timedOut = ranks.ending { true } else { false }
    guard let called = ranks.report.call else {
      let words = ranks.output.split(separator: "\n").prefix(4).joined(separator: " ")
      return obstacle("`\(launch.joined(separator: " "))` has not started the ranks: \(isHung ? "in time" : words)")
    }
    let found = compared.isEmpty ? ranks.ending.found : "\(compared.count) of \(count) ranks that ended well"
    return Outcome(
      check: .ranks, status: isHung ? .hung : .exited,
      finding: Finding(called, found: found, expected: "that it returns, on \(count) ranks"))
  }

  /// The report for people: a line for each check, and what comes of them.
  public var text: [String] {
    var lines = [file]
    if let fault { lines += Self.text(of: fault) }
    for function in functions {
      lines.append("\(function.name) (\(function.kind))")
      lines += Self.text(of: function.checks)
    }
    lines += skipped.map { "not checked: \($0), of a kind that this nnkit does not know" }
    return lines + [conclusion]
  }

  private var conclusion: String {
    if fault != nil || outcomes.contains(where: \.isFault) { return "the plugin is not sound" }
    if !passed { return "nothing was checked" }
    let isWhole = skipped.isEmpty && outcomes.allSatisfy { $0.status == .passed }
    return isWhole ? "all checks passed" : "all checks that could be made passed"
  }

  /// The first fault is reported with what was found; it often is the cause of the others, which are named.
  private static func text(of outcomes: [Outcome]) -> [String] {
    let faults = outcomes.filter(\.isFault)
    var lines = outcomes.filter { !$0.isFault || $0.check == faults.first?.check }.flatMap(text)
    if faults.count > 1 {
      let names = faults.dropFirst().map {
        $0.status == .failed ? $0.check.rawValue : "\($0.check.rawValue) (\($0.status.rawValue))"
      }
      lines.append(
        "  failed, too, perhaps for the same reason: \(names.joined(separator: ", ")) (--json has what they found)")
    }
    return lines
  }

  private static func text(of outcome: Outcome) -> [String] {
    let name = outcome.check.rawValue
    let head = name + String(repeating: " ", count: max(1, 12 - name.count)) + outcome.check.summary
    switch outcome.status {
    case .passed:
      let count = outcome.compared.map { $0 == 0 ? " (nothing to compare)" : " (\(grouped($0)) numbers)" } ?? ""
      return ["  ok      \(head)\(count)"]
    case .notChecked:
      return ["  -       \(head)", "          not checked: \(outcome.obstacle ?? "")"]
    default:
      return ["  FAILED  \(head): \(outcome.status.rawValue)"] + (outcome.finding.map { ["          \($0)"] } ?? [])
    }
  }
}
