import ArgumentParser
import CKernels
import Glibc
import NNKit
import NNKitRuns

/// The command line, `nnkit`.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnkit",
    abstract: "Neural networks neuron by neuron: train them, explain them, extend them.",
    version: nnkitVersion,
    subcommands: [
      Run.self, Check.self, Gradcheck.self, Explain.self, Report.self, View.self, Evaluate.self, Predict.self,
      Export.self,
      PluginsCommand.self,
    ])

  /// Exit code 0 for success, 1 for a failure, 2 for wrong usage.
  static func main() {
    openStandardStreams()
    // A reader that goes away (`| head`) ends a program quietly.
    signal(SIGPIPE, SIG_DFL)
    // A file that grows past its limit is an error like a full disk, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    nnk_tell_unexpected_end()
    let code = runCommand()
    nnk_expect_end()
    Glibc.exit(code)
  }

  private static func runCommand() -> Int32 {
    do {
      var command = try parseAsRoot()
      try command.run()
      return 0
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      switch exitCode(for: error) {
      case .success:
        print(fullMessage(for: error))
        return 0
      case .validationFailure:
        report(fullMessage(for: error))
        return 2
      default:
        report("error: \(error)")
        return 1
      }
    }
  }

  /// Where a standard stream is closed, as services may have it, no file may take its number: it would get what is printed.
  private static func openStandardStreams() {
    var descriptor: Int32
    repeat { descriptor = open("/dev/null", O_RDWR) } while 0...STDERR_FILENO ~= descriptor
    if descriptor >= 0 { close(descriptor) }
  }

  static func report(_ text: String) {
    fflush(nil)
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
