import ArgumentParser
import CKernels
import Glibc
import NNKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A line from a child process that calls a plugin.
struct ExaminationLine: Codable {
  struct Function: Codable {
    let name: String
    let kind: String
  }

  /// What it is about to call; there are many of these, so the line is `>` and the text.
  var calling: String?
  /// What the file offers.
  var functions: [Function]?
  /// What it offers besides, of kinds that this nnkit does not know.
  var skipped: [String]?
  /// The check has passed, and compared so many numbers.
  var compared: Int?
  /// The check could not be made here, and why.
  var obstacle: String?
  var finding: Finding?

  /// Reads a line that a child has sent; nil if it is none.
  init?(line: String) {
    if line.hasPrefix(">") {
      calling = String(line.dropFirst())
      return
    }
    guard let value = try? JSONDecoder().decode(ExaminationLine.self, from: Data(line.utf8)) else { return nil }
    self = value
  }

  /// Sends it to the parent.
  func send() {
    if let calling { return Self.send([UInt8](">\(calling)\n".utf8)) }
    if let line = try? JSONEncoder().encode(self) { Self.send([UInt8](line) + [UInt8(ascii: "\n")]) }
  }

  private static func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(ChildProcess.reportDescriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent)
      }
      // A signal may come in between.
      if count > 0 { sent += count } else if errno != EINTR { return }
    }
  }
}

extension ExaminationLine {
  init() {}
  init(calling: String) { self.calling = calling }
  init(compared: Int) { self.compared = compared }
  init(obstacle: String) { self.obstacle = obstacle }
  init(finding: Finding) { self.finding = finding }

  init(offeredBy plugin: PluginFile) {
    functions = plugin.functions.map { Function(name: $0.name, kind: $0.kind.rawValue) }
    skipped = plugin.skipped
  }
}

extension PluginsCommand {
  /// What `nnkit plugins check` and `nnkit run` run in a child process: opens one file, and puts a function to one check.
  struct Examine: ParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)

    @Argument var file: String
    @Option var function: String?
    @Option var check: PluginCheck?
    @Option var startedBy: Int32
    @OptionGroup var options: PluginOptions

    func run() throws {
      // Should the parent be gone, nobody else would end a plugin that hangs.
      ParentWatch.start(startedBy)
      // How a plugin ends this process, the parent tells.
      nnk_expect_end()
      // A crash is no news.
      var none = rlimit()
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      // Two processes that both go on examining would soon be many.
      pthread_atfork({ _exit(ChildEnding.forkCode) }, nil, nil)
      let children = StartedChildren()
      do {
        ExaminationLine(calling: children.call).send()
        let plugin = try PluginFile(examining: file, trustsOthers: options.trustPlugins)
        guard let function, let check else {
          return ExaminationLine(offeredBy: plugin).send()
        }
        guard let subject = plugin.functions.first(where: { $0.name == function }) else {
          throw Finding("the file's entry", found: "no function `\(function)`", expected: "the same as before")
        }
        let plugins = {
          // Plugins that nobody knows are tried out in children.
          defer { children.forget() }
          return try options.plugins()
        }
        let examination = Examination(subject, plugins: plugins) {
          children.next($0)
          ExaminationLine(calling: $0).send()
        }
        let compared = try examination.run(check)
        try children.expectNone()
        ExaminationLine(compared: compared).send()
      } catch let finding as Finding {
        ExaminationLine(finding: finding).send()
      } catch let obstacle as Obstacle {
        ExaminationLine(obstacle: obstacle.reason).send()
      } catch let failure as FunctionFailure {
        ExaminationLine(finding: Finding(children.call, found: "the code \(failure.code)", expected: "0")).send()
      } catch {
        ExaminationLine(finding: Finding("the file", error, expected: "a sound plugin")).send()
      }
    }
  }
}

extension PluginCheck: ExpressibleByArgument {}
