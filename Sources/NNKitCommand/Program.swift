import ArgumentParser
import CNNKitSystem
import Glibc
import NNKit
import NNKitRuns

/// The command line, `nnkit`.
@main
struct Program: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nnkit",
    abstract: "Neural networks neuron by neuron: train them, explain them, extend them.",
    discussion: """
      Examples:
        nnkit learn --open
            a lesson in the browser
        nnkit new
            writes xor.yaml, a configuration to begin with
        nnkit run xor.yaml
            trains it, and writes the folder runs/xor-1
        nnkit explain runs/xor-1
            shows every number of one step
      """,
    version: nnkitVersion,
    subcommands: [
      LearnCommand.self, NewCommand.self, RunCommand.self, CrossValidateCommand.self, SweepCommand.self,
      FindRateCommand.self, LearningCurveCommand.self, FinishCommand.self, CheckCommand.self, GradcheckCommand.self,
      ExplainCommand.self, ReportCommand.self, ViewCommand.self, EvaluateCommand.self, PredictCommand.self,
      ExportCommand.self, ImportCommand.self,
      PluginsCommand.self,
    ])

  /// Exit code 0 for success, 1 for a failure, 2 for wrong usage.
  static func main() {
    openStandardStreams()
    endWithReader()
    // A file that grows past its limit is an error like a full disk, not the end of the program.
    signal(SIGXFSZ, SIG_IGN)
    nnk_return_large_memory()
    nnk_report_unexpected_end()
    let code = endOutput(runCommand())
    nnk_expect_end()
    Glibc.exit(code)
  }

  private static func runCommand() -> Int32 {
    if let unknown = UnknownCommand(Array(CommandLine.arguments.dropFirst())) {
      report("error: \(unknown)")
      return 2
    }
    do {
      var command: any ParsableCommand
      do {
        command = try parseAsRoot()
      } catch  where exitCode(for: error) != .success && exitCode(for: error) != .validationFailure {
        // What a command found wrong while it looked at its options, wrapped by the parser.
        CommonMistake.report(error, "error: \(message(for: error))")
        return 1
      }
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
        CommonMistake.report(error, fullMessage(for: error))
        return 2
      default:
        CommonMistake.report(error, "error: \(error)")
        return 1
      }
    }
  }

  /// Has a reader that goes away (`| head`) end the program quietly.
  private static func endWithReader() {
    signal(SIGPIPE, SIG_DFL)
    // A parent whose threads block signals hands that on.
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_UNBLOCK, &pipe, nil)
  }

  /// Writes what is left of the output; a success whose output is lost is none.
  private static func endOutput(_ code: Int32) -> Int32 {
    do {
      try StandardOutput.check()
      return code
    } catch {
      report("error: \(error)")
      return code == 0 ? 1 : code
    }
  }

  /// Where a standard stream is closed, as services may have it, no file may take its number: it would get what is printed.
  private static func openStandardStreams() {
    if fcntl(STDOUT_FILENO, F_GETFD) < 0 { StandardOutput.close() }
    var descriptor: Int32
    repeat { descriptor = open("/dev/null", O_RDWR) } while 0...STDERR_FILENO ~= descriptor
    if descriptor >= 0 { close(descriptor) }
  }

  static func report(_ text: String) {
    StandardOutput.flush()
    // What plugins print.
    fflush(nil)
    let bytes = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
}
