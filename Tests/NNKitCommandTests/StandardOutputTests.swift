import NNKit
import Testing

/// Output that cannot be written, or is not read.
@Suite struct StandardOutputTests {
  private let folder: TemporaryFolder
  private let program: String

  init() throws {
    folder = try TemporaryFolder()
    program = try Checkout.nnkit
    try #require(
      Command("run", Checkout.example("xor"), "--quiet", "--output", folder.path("run"), "--set", "training.epochs=1")
        .code
        == 0)
  }

  private func shell(_ script: String) throws -> Command {
    try Command(
      program: "/bin/sh", ["-c", "cd \"$2\" && \(script)", "sh", program, folder.path, Checkout.example("xor")])
  }

  @Test(
    "a command whose output cannot be written says so once and has the exit code 1",
    arguments: [
      "predict run --input ask.csv", "evaluate run", "explain run", "check \"$3\"", "plugins",
      "plugins show tanh", "--help", "--version", "run \"$3\" --output again", "predict --help",
    ])
  func fullDisk(_ arguments: String) throws {
    try folder.write("0,1\n1,1\n", to: "ask.csv")
    let command = try shell("\"$1\" \(arguments) > /dev/full")
    command.expectFailure(["error: standard output: cannot be written: No space left on device"])
    #expect(command.errors.split(separator: "\n").count == 1, "\(command.errors)")
    #expect(!arguments.contains("again") || folder.exists("again/model.safetensors"))
  }

  @Test("without a standard output only a run is a success, whose result is in its folder")
  func closed() throws {
    try shell("\"$1\" evaluate run >&-").expectFailure(["standard output: cannot be written"])
    #expect(try shell("\"$1\" run \"$3\" --output more >&-").code == 0)
  }

  @Test("a reader that goes away ends the output quietly")
  func readerGoesAway() throws {
    let command = try shell("yes 1,0 | head -100000 > long.csv; \"$1\" predict run --input long.csv | head -1")
    #expect(command.code == 0 && command.errors.isEmpty, "\(command.errors)")
    #expect(command.output.split(separator: "\n").count == 1)
  }
}
