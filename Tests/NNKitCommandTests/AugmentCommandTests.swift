import Foundation
import Testing

@Suite("augmentation on the command line")
struct AugmentCommandTests {
  private func configuration(_ augment: String, image: String = "image: {channels: 1, height: 3, width: 3}, ") -> String
  {
    """
    name: images
    seed: 3
    data:
      train:
        inline:
          - {input: [1, 2, 3, 4, 0, 1, 2, 3, 1], target: [1]}
          - {input: [0, 2, -3, 4, 0, 1, -2, 3, 1], target: [0]}
          - {input: [1, -2, 3, 2, 0, 1, -2, 1, 1], target: [1]}
      augment: \(augment)
    network: {\(image)layers: [{neurons: 4, activation: tanh}, {neurons: 1, activation: sigmoid}]}
    loss: mean_squared_error
    threads: 1
    training: {epochs: 4, batch: 2, optimizer: {name: adam}}
    """
  }

  @Test("check says what is drawn, and how many samples there are")
  func check() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(configuration("{shift: 1, flip: horizontal, rotate: 10}"), to: "config.yaml")
    let command = try Command("check", config)
    #expect(
      command.output.contains(
        "augment: differently in each epoch, images are shifted by up to 1 pixel, mirrored left to right half of the time,"
          + " turned by up to 10 degrees"), "\(command.output)\(command.errors)")
    let expanded = try Command("check", config, "--set", "data.augment.expand=true")
    #expect(expanded.output.contains("samples: 15 train"), "\(expanded.output)\(expanded.errors)")
    #expect(expanded.output.contains("each image is there once more for each shift by 1 pixel"))
  }

  @Test("what is no image, or cannot be, is an error with its place")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let none = try folder.write(configuration("{shift: 1}", image: ""), to: "none.yaml")
    try Command("check", none).expectFailure(["none.yaml:9:12", "nothing says what shape the 9 inputs have"])
    for (augment, words) in [
      ("{shift: 3}", "nothing would be left"), ("{shift: 1.5}", "a whole number"), ("{turn: 3}", "unknown key `turn`"),
      ("{flip: left}", "one of none, horizontal, vertical, both"), ("{rotate: 360}", "a number in [0, 360)"),
      ("{expand: true}", "`shift` has to be at least 1"),
    ] {
      let config = try folder.write(configuration(augment), to: "config.yaml")
      try Command("check", config).expectFailure(["config.yaml:9:", words])
    }
    let misplaced = try folder.write(
      configuration("{shift: 1}").replacing("threads: 1", with: "augment: {shift: 1}"), to: "misplaced.yaml")
    try Command("check", misplaced).expectFailure(["`augment` belongs in `data`"])
  }

  @Test("a continued run ends in the same bytes, and one whose augmentation has changed is refused")
  func resuming() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(configuration("{shift: 1, rotate: 15}"), to: "config.yaml")
    let (whole, part) = (folder.path("whole"), folder.path("part"))
    #expect(try Command("run", config, "--quiet", "--output", whole).code == 0)
    #expect(try Command("run", config, "--quiet", "--output", part, "--set", "training.epochs=2").code == 0)
    let resumed = try Command("run", "--resume", part, "--epochs", "4", "--quiet")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try folder.bytes("whole/model.safetensors") == folder.bytes("part/model.safetensors"))
    let plain = folder.path("plain")
    #expect(try Command("run", config, "--quiet", "--output", plain, "--set", "data.augment=null").code == 0)
    #expect(try folder.bytes("plain/model.safetensors") != folder.bytes("whole/model.safetensors"))
    let text = try folder.read("part/config.yaml")
    #expect(text.contains("augment: {shift: 1, flip: none, rotate: 15.0, expand: false}"), "\(text)")
    try folder.write(text.replacing("rotate: 15.0", with: "rotate: 16.0"), to: "part/config.yaml")
    try Command("run", "--resume", part, "--epochs", "6").expectFailure(["rotate: 16.0"])
  }

  @Test("a network is measured on the images as they are, also where they were expanded")
  func measuring() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(configuration("{shift: 1, expand: true}"), to: "config.yaml")
    #expect(try Command("run", config, "--quiet", "--output", folder.path("run")).code == 0)
    let summary = try JSON(folder.read("run/summary.json"))
    let measured = try #require(summary["final_train_loss"].number)
    let evaluated = try Command("evaluate", folder.path("run"))
    #expect(evaluated.output.contains("train loss \(String(format: "%.6f", measured))"), "\(evaluated.output)")
    let explained = try Command("explain", config, "--sample", "3")
    explained.expectFailure(["there is no sample 3: the training data have 3"])
  }
}
