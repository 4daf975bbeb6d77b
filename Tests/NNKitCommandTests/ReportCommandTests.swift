import Foundation
import Testing

@Suite("nnkit report")
struct ReportCommandTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func run(_ example: String, _ name: String, _ more: String...) throws {
    let run = try Command(
      ["run", Checkout.example(example), "--quiet", "--output", folder.path(name)] + more)
    try #require(run.code == 0, "\(run.errors)")
  }

  /// What a report's page shows.
  private func data(_ page: String) throws -> JSON {
    let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
    let end = try #require(page[start.upperBound...].range(of: "</script>"))
    return try JSON(String(page[start.upperBound..<end.lowerBound]))
  }

  @Test("a run leaves a report, `report: false` leaves none, and report makes the same anew")
  func anew() throws {
    try run("circles", "run", "--set", "training.epochs=12")
    let page = try folder.read("run/report.html")
    let told = try data(page)["runs"][0]
    let summary = try JSON(folder.read("run/summary.json"))
    #expect(told["summary"]["parameters"].number == summary["parameters"].number)
    #expect(told["curves"]["epochs"].numbers == (1...12).map(Double.init))
    let losses = try folder.read("run/metrics.jsonl").split(separator: "\n").map {
      try #require(try JSON(String($0))["train_loss"].number)
    }
    #expect(told["curves"]["train_loss"].numbers == losses)
    #expect(told["measured"]["confusion"].list.flatMap(\.numbers).reduce(0, +) == 100)
    #expect(told["config"].text == (try folder.read("run/config.yaml")))
    #expect(told["regions"]["points"].list.count == 400)
    let phases = told["statistics"]["phases"].list
    #expect(phases.compactMap { $0["name"].text }.contains("training"))
    #expect(phases.allSatisfy { $0["seconds"].number ?? 0 > 0 })
    #expect(!told["statistics"]["layers"][0].list.isEmpty && !told["findings"].list.isEmpty)

    try FileManager.default.removeItem(atPath: folder.path("run/report.html"))
    let command = try Command("report", folder.path("run"))
    #expect(command.code == 0 && command.output == "\(folder.path("run/report.html"))\n", "\(command.errors)")
    #expect(try folder.read("run/report.html") == page)

    try run("circles", "silent", "--set", "training.epochs=1", "--set", "report=false")
    #expect(!folder.exists("silent/report.html") && !folder.exists("silent/statistics.json"))
    #expect(try Command("report", folder.path("silent")).code == 0)
    #expect(try data(folder.read("silent/report.html"))["runs"][0]["measured"]["accuracy"].number != nil)
  }

  @Test("of a damaged summary no page is made; what is written in a sound one stays text")
  func damagedSummary() throws {
    try run("xor", "run", "--set", "training.epochs=1")
    for text in ["{", "[]", "{} {}", "{\"name\": }", ""] {
      try folder.write(text, to: "run/summary.json")
      try Command("report", folder.path("run")).expectFailure(["summary.json", "is not a JSON object"])
    }
    let script = "</script><script>alert(1)</script>"
    try folder.write("{\"name\": \"\(script)\"}", to: "run/summary.json")
    try #require(try Command("report", folder.path("run")).code == 0)
    let page = try folder.read("run/report.html")
    #expect(!page.contains(script))
    #expect(try data(page)["runs"][0]["summary"]["name"].text == script)
  }

  @Test("several runs are compared in one page")
  func several() throws {
    try run("xor", "a")
    try run("xor", "b", "--set", "seed=3", "--set", "precision=float32")
    let command = try Command("report", "a", "b", in: folder.path)
    try #require(command.code == 0, "\(command.errors)")
    #expect(command.output == "\(folder.path("report-a-b.html"))\n")
    let page = try folder.read("report-a-b.html")
    #expect(try data(page)["runs"].list.compactMap { $0["folder"].text } == ["a", "b"])
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(try Command("report", "a", "b", "--output", "-", in: folder.path).output == page)
    try Command("report", folder.path("c")).expectFailure(["is not a run folder"])
    try Command("report").expectFailure(["Missing expected argument"], code: 2)
  }

  @Test("a page does not grow with the epochs of a run")
  func size() throws {
    try run("mazur", "long", "--set", "training.epochs=4000")
    try run("mazur", "longer", "--set", "training.epochs=16000")
    for name in ["long", "longer"] {
      let page = try folder.read("\(name)/report.html")
      let run = try data(page)["runs"][0]
      // How many epochs have statistics is a matter of time, and of the machine's; never more than these.
      #expect(run["curves"]["epochs"].numbers.count == 400 && run["statistics"]["layers"][0].list.count <= 101)
      #expect(page.utf8.count < 250_000)
    }
  }

  @Test("a run that ends in no finite number leaves a report that says so")
  func nonFinite() throws {
    let run = try Command(
      "run", Checkout.example("spirals"), "--quiet", "--output", folder.path("run"), "--set",
      "training.optimizer={name: sgd, learning_rate: 1e30}", "--set", "network.layers.0.activation=identity", "--set",
      "network.layers.1.activation=identity", "--set", "training.epochs=3")
    #expect(run.code == 1)
    let told = try data(folder.read("run/report.html"))["runs"][0]
    #expect(told["summary"]["ending"].text == "non_finite" && told["measured"].isNull)
  }

  @Test("a damaged statistics file is an error that names it")
  func damaged() throws {
    try run("xor", "run")
    try folder.write("{", to: "run/statistics.json")
    try Command("report", folder.path("run")).expectFailure(["statistics.json", "remove it"])
  }
}
