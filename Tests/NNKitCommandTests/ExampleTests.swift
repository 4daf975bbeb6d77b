import Foundation
import Testing

@Suite("the examples")
struct ExampleTests {
  /// Runs an example and gives its summary.
  private func summary(_ name: String, _ more: String...) throws -> JSON {
    let folder = try TemporaryFolder()
    let run = try Command(["run", Checkout.example(name), "--quiet", "--output", folder.path("run")] + more)
    try #require(run.code == 0, "\(run.errors)")
    #expect(run.output.isEmpty && run.errors.isEmpty)
    return try JSON(folder.read("run/summary.json"))
  }

  @Test("xor is learned")
  func xor() throws {
    #expect(try summary("xor")["final_train_accuracy"].number == 1)
  }

  @Test("the network of two inputs learns its answer")
  func twoInput() throws {
    #expect(try #require(summary("two-input")["final_train_loss"].number) < 1e-8)
  }

  @Test("Mazur's network has his losses after one step and after 10,000", arguments: ["neuron", "fused"])
  func mazur(_ engine: String) throws {
    let one = try summary("mazur", "--set", "training.epochs=1", "--set", "engine=\(engine)")
    #expect(abs(try #require(one["final_train_loss"].number) - 0.29102777369359933) < 1e-12)
    let all = try summary("mazur", "--set", "engine=\(engine)")
    #expect(abs(try #require(all["final_train_loss"].number) - 3.510187782978859e-05) < 1e-12)
  }

  @Test("spirals and circles are told apart", arguments: [("spirals", "test"), ("circles", "final_validation")])
  func plane(_ name: String, _ part: String) throws {
    #expect(try #require(summary(name)["\(part)_accuracy"].number) > 0.97)
  }

  @Test("irises are told apart")
  func iris() throws {
    #expect(try #require(summary("iris")["final_validation_accuracy"].number) > 0.9)
  }

  static let fashion = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"

  @Test(
    "Fashion-MNIST reaches 0.88 in ten epochs",
    .enabled(
      if: FileManager.default.fileExists(atPath: fashion),
      "Debian's package dataset-fashion-mnist is not installed: `make deps` installs it"))
  func fashionMNIST() throws {
    let summary = try summary("fashion-mnist")
    #expect(summary["epochs"].number == 10)
    #expect(try #require(summary["test_accuracy"].number) >= 0.88)
  }

  @Test("every example is sound, and its gradients agree with central differences")
  func gradients() throws {
    for name in ["xor", "two-input", "mazur", "spirals", "circles", "iris"] {
      let check = try Command("check", Checkout.example(name))
      #expect(check.code == 0 && check.output.contains("parameters"), "\(check.errors)")
      let gradients = try Command("gradcheck", Checkout.example(name))
      #expect(gradients.code == 0 && gradients.output.contains("all agree"), "\(name): \(gradients.output)")
    }
  }
}
