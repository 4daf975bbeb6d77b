import CNNKitSystem
import Glibc
package import NNKit

/// The child's side of `ChildProcess`: opens one plugin file, and puts one of its functions to one check.
package struct ExaminationProcess {
  private let file: String
  private let function: String?
  private let check: PluginCheck?
  private let trustsOthers: Bool
  private let report: String?

  /// - Parameters:
  ///   - file: Absolute path of the plugin.
  ///   - function: What is checked; nil to open the file alone.
  ///   - check: One of those for the function's kind; nil to open the file alone.
  ///   - trustsOthers: Whether a file is opened that other users could change.
  ///   - report: The file of the report; nil for the one that the parent has opened.
  package init(
    _ file: String, function: String?, check: PluginCheck?, trustsOthers: Bool, report: String? = nil
  ) {
    (self.file, self.function, self.check, self.trustsOthers) = (file, function, check, trustsOthers)
    self.report = report
  }

  /// Writes what comes of it to the parent, a line each.
  ///
  /// - Parameters:
  ///   - parent: The process that waits for the lines; this one ends with it.
  ///   - plugins: Where the partner of a canonical pair comes from.
  package func run(startedBy parent: Int32, plugins: @escaping () throws -> Plugins) {
    if let report {
      let descriptor = open(report, O_WRONLY | O_APPEND | O_CLOEXEC)
      guard descriptor >= 0, dup2(descriptor, ExaminationReport.descriptor) >= 0 else { return }
    } else {
      // A plugin that hangs would outlive a parent that was killed.
      ParentWatch.start(parent)
    }
    // The parent reports how a plugin ends this process.
    nnk_expect_end()
    // A crash leaves no core file.
    var none = rlimit()
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    // Two processes that both continue the check would soon be many.
    pthread_atfork({ _exit(ChildEnding.forkCode) }, nil, nil)
    ExaminationReport.add(outcome(plugins))
  }

  private func outcome(_ plugins: @escaping () throws -> Plugins) -> ExaminationLine {
    let children = StartedChildren()
    do {
      return try examine(children, plugins)
    } catch let finding as Finding {
      return ExaminationLine(finding: finding)
    } catch let obstacle as SkippedCheck {
      return ExaminationLine(obstacle: obstacle.reason)
    } catch let failure as FunctionFailure {
      return ExaminationLine(finding: Finding(children.call, found: "the code \(failure.code)", expected: "0"))
    } catch {
      return ExaminationLine(finding: Finding("the file", error, expected: "a sound plugin"))
    }
  }

  private func examine(_ children: StartedChildren, _ plugins: @escaping () throws -> Plugins) throws
    -> ExaminationLine
  {
    ExaminationReport.announce(children.call)
    let plugin = try PluginFile(examining: file, trustsOthers: trustsOthers)
    guard let function, let check else { return ExaminationLine(offeredBy: plugin) }
    guard let subject = plugin.functions.first(where: { $0.name == function }) else {
      throw Finding("the file's entry", found: "no function `\(function)`", expected: "the same as before")
    }
    let others = {
      // Plugins that are not bundled are tried out in child processes of this one.
      defer { children.forget() }
      return try plugins()
    }
    let context = ExaminationContext(plugins: others) {
      children.next($0)
      ExaminationReport.announce($0)
    }
    let compared = try Examination(subject, context).run(check)
    try children.expectNone()
    return ExaminationLine(compared: compared)
  }
}
