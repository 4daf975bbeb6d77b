import Foundation
import NNKit
import Testing

@Suite("nnkit learn") struct LearnTests {
  @Test("one chapter is written alone, without links to others")
  func alone() throws {
    let folder = try TemporaryFolder()
    let command = try Command("learn", "3", "--output", folder.path("deep/er"))
    #expect(command.code == 0, "\(command.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("deep/er")) == ["3-whose-fault.html"])
    let page = try folder.read("deep/er/3-whose-fault.html")
    #expect(!page.contains("href=\"4-messages.html\""))
    #expect(page.contains("<math"))
  }

  @Test("a chapter that there is not, and a folder that is a file, are errors in words")
  func failures() throws {
    try Command("learn", "12").expectFailure(["no chapter 12", "1 to 11"], code: 2)
    try Command("learn", "0").expectFailure(["no chapter 0"], code: 2)
    try Command("learn", "one").expectFailure(["one"], code: 2)
    let folder = try TemporaryFolder()
    let file = try folder.write("", to: "file")
    try Command("learn", "3", "--output", file).expectFailure([file])
    try Command("learn", "3", "--output", "\(file)/below").expectFailure(["\(file)/below"])
    #expect(try folder.read("file").isEmpty)
  }

  @Test("the commands that the chapters propose work, one after the other in one folder")
  func commands() throws {
    let folder = try TemporaryFolder()
    let chapters = "\(Checkout.path)/Sources/NNKitLesson/Resources"
    try FileManager.default.copyItem(atPath: "\(chapters)/Lines/bent.c", toPath: folder.path("bent.c"))
    let path = try #require(SearchPath.programFolder) + ":/usr/bin:/bin"
    var seen: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: "\(chapters)/Chapters").sorted() {
      let text = try String(contentsOfFile: "\(chapters)/Chapters/\(file)", encoding: .utf8)
      for line in text.split(separator: "\n") where line.hasPrefix("@try nnkit ") {
        let text = String(line.dropFirst("@try ".count))
        // The loop that waits for the file to be saved does not end; its parts are tried by its own tests.
        guard seen.insert(text).inserted, !text.contains(" watch ") else { continue }
        let command = try Command(program: "/bin/sh", ["-c", text], in: folder.path, environment: ["PATH": path])
        #expect(command.code == 0, "\(file): \(line): \(command.errors)")
      }
    }
    #expect(seen.count > 12)
  }

  @Test("the plugin of the last chapter compiles, and passes every check of nnkit")
  func plugin() throws {
    let folder = try TemporaryFolder()
    let source = try String(
      contentsOfFile: "\(Checkout.path)/Sources/NNKitLesson/Resources/Lines/bent.c", encoding: .utf8)
    try Checkout.compile(source, to: folder.path("bent.so"))
    let check = try Command("plugins", "check", folder.path("bent.so"))
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    // The lesson's menu has it then.
    let learn = try Command("learn", "11", "--plugin-path", folder.path, "--output", folder.path("out"))
    #expect(learn.code == 0, "\(learn.errors)")
    #expect(try folder.read("out/11-your-own.html").contains("bends towards -1 and 1"))
  }
}
