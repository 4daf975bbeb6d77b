import Foundation
import Testing

/// `nnkit export` writes what a file's name asks for, or says why it cannot.
@Suite struct ExportTests {
  @Test func `a run is exported by its file's name, and what cannot be exported is an error`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    let training = try Command(
      "run", Checkout.example("xor"), "--output", run, "--set", "training.epochs=1")
    #expect(training.code == 0, "\(training.errors)")
    for (name, part) in [
      ("net.c", "void net_predict(const float *input, float *output)"), ("net.dot", "digraph \"net.dot\" {"),
      ("net.mmd", "flowchart LR"), ("net.svg", "<svg xmlns="),
    ] {
      let command = try Command("export", run, folder.path(name))
      #expect(command.code == 0, "\(command.errors)")
      #expect(try folder.read(name).contains(part))
    }
    let model = try Command("export", "\(run)/model.safetensors", "-", "--format", "c")
    #expect(model.output.contains("weights_1"))
    try Command("export", run, folder.path("net.txt")).expectFailure([".c, .dot", "--format"], code: 2)
    try Command("export", folder.path("nothing"), folder.path("a.c")).expectFailure(["nothing", "cannot be read"])
    try Command("export", run, folder.path("no/net.c")).expectFailure(["no/net.c", "cannot be written"])
  }
}
