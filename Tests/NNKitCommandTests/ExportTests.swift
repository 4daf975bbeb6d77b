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
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: "\(run)/checkpoints")
    let newest = "\(run)/checkpoints/\(try #require(checkpoints.first))"
    let checkpoint = try Command("export", newest, "-", "--format", "c")
    #expect(checkpoint.code == 0 && checkpoint.output == model.output, "\(checkpoint.errors)")
    // Without its run a model is one all the same.
    try FileManager.default.copyItem(atPath: "\(run)/model.safetensors", toPath: folder.path("other.safetensors"))
    #expect(try Command("export", folder.path("other.safetensors"), "-", "--format", "c").output == model.output)
    try Command("export", run, folder.path("net.txt")).expectFailure([".c, .dot", "--format"], code: 2)
    try Command("export", folder.path("nothing"), folder.path("a.c")).expectFailure(["nothing", "cannot be read"])
    try Command("export", run, folder.path("no/net.c")).expectFailure(["no/net.c", "cannot be written"])
    try FileManager.default.removeItem(atPath: "\(run)/summary.json")
    let former = try Command("export", run, folder.path("net.c"))
    #expect(former.code == 0 && former.errors.contains("note: \(run)/model.safetensors is of a former end"))
    try FileManager.default.removeItem(atPath: "\(run)/model.safetensors")
    for command in [["export", run, folder.path("a.c")], ["predict", run, "--input", "-"], ["evaluate", run]] {
      try Command(command).expectFailure(["the run has no model", "nnkit run --resume", "checkpoints"])
    }
  }
}
