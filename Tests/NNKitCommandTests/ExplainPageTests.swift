import Foundation
import NNKit
import Testing

@Suite("nnkit explain --format html")
struct ExplainPageTests {
  @Test("gives one page that loads nothing from anywhere", arguments: ["mazur", "xor", "spirals", "iris"])
  func selfContained(_ name: String) throws {
    let page = try Command("explain", Checkout.example(name), "--format", "html")
    try #require(page.code == 0, "\(page.errors)")
    #expect(page.output.hasPrefix("<!doctype html>") && page.output.hasSuffix("</html>\n"))
    #expect(page.output.contains("default-src 'none'"))
    for outside in ["src=\"", "http://", "https://", "@import", "url("] {
      #expect(!page.output.replacing("http://www.w3.org/2000/svg", with: "").contains(outside), "\(outside)")
    }
  }

  @Test("a text out of the data cannot end the page's script")
  func hostileNames() throws {
    let folder = try TemporaryFolder()
    try folder.write("a,</script><script>alert(1)</script>,kind\n1,2,<b>\n3,4,c\n", to: "data.csv")
    let config = try folder.write(
      """
      data: {train: {csv: {path: data.csv, target: kind}}}
      network: {layers: [{neurons: 2, activation: softmax}]}
      loss: cross_entropy
      """, to: "{{data}}.yaml")
    let page = try Command("explain", config, "--format", "html")
    try #require(page.code == 0, "\(page.errors)")
    #expect(!page.output.contains("<script>alert") && page.output.contains("\\u003c/script>\\u003cscript>alert(1)"))
    #expect(page.output.contains("<title>{{data}}, explained"))
  }

  @Test("--output writes the page whole, --open hands it to the desktop's browser")
  func output() throws {
    let folder = try TemporaryFolder()
    let command = try Command(
      "explain", Checkout.example("xor"), "--format", "html", "--output", folder.path("page.html"))
    #expect(command.code == 0 && command.output.isEmpty)
    let page = try folder.read("page.html")
    #expect(try Command("explain", Checkout.example("xor"), "--format", "html").output == page)
    try Command("explain", Checkout.example("xor"), "--format", "html", "--output", folder.path("no/page.html"))
      .expectFailure(["no/page.html", "cannot be written"])

    try folder.write("#!/bin/sh\ncp \"$1\" \"$(dirname \"$0\")/opened\"\n", to: "xdg-open")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("xdg-open"))
    let environment = ["PATH": "\(folder.path):/usr/bin:/bin", "TMPDIR": folder.path]
    let open = try Command("explain", Checkout.example("xor"), "--format", "html", "--open", environment: environment)
    #expect(open.code == 0, "\(open.errors)")
    #expect(try folder.read("opened") == page)
    try folder.write("#!/bin/sh\nexit 3\n", to: "xdg-open")
    try Command("explain", Checkout.example("xor"), "--format", "html", "--open", environment: environment)
      .expectFailure(["xdg-open failed", "open it by hand"])
    try Command("explain", Checkout.example("xor"), "--open").expectFailure(["--format html"], code: 2)
  }

  @Test(
    "a page for 784-100-10 stays under 5 MB",
    .enabled(
      if: FileManager.default.fileExists(atPath: ExampleTests.fashion),
      "Debian's package dataset-fashion-mnist is not installed: `make deps` installs it"))
  func size() throws {
    let page = try Command("explain", Checkout.example("fashion-mnist"), "--format", "html")
    #expect(page.code == 0 && page.output.utf8.count < 5_000_000)
  }
}
