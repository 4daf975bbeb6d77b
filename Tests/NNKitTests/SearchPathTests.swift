import Foundation
import NNKit
import Testing

/// Where plugins are looked for, and which one wins.
@Suite struct SearchPathTests {
  private func plugin(_ value: String, named name: String = "odd", in folder: URL, file: String = "odd.so") throws {
    var plugin = PluginSource.Activation()
    plugin.value = value
    plugin.name = "\"\(name)\""
    try CCompiler.compile(plugin.source, to: folder.appending(path: file))
  }

  @Test("the order is: given folders, NNKIT_PLUGIN_PATH, the user's, the bundled one beside the program")
  func order() throws {
    let folder = try TemporaryFolder()
    let user = try folder.folder("data/nnkit/plugins")
    let search = SearchPath(
      ["/given/one", "/given/../two/."],
      environment: ["NNKIT_PLUGIN_PATH": "/three:/four", "XDG_DATA_HOME": folder.file("data").path])
    #expect(search.folders.prefix(5).map(\.path) == ["/given/one", "/two", "/three", "/four", user.path])
    #expect(search.folders.prefix(5).map(\.origin) == [.option, .option, .environment, .environment, .user])
    #expect(search.folders.dropFirst(5).allSatisfy { $0.origin == .bundled } && search.folders.count > 5)
  }

  @Test("the user's folder is in XDG_DATA_HOME, else in ~/.local/share; where there is none it is left out")
  func userFolder() throws {
    let folder = try TemporaryFolder()
    let home = try folder.folder(".local/share/nnkit/plugins")
    #expect(SearchPath(environment: ["HOME": folder.path]).folders.first?.path == home.path)
    #expect(
      SearchPath(environment: ["HOME": folder.path, "XDG_DATA_HOME": "relative"]).folders.first?.path == home.path)
    #expect(SearchPath(environment: ["HOME": "/nowhere"]).folders.allSatisfy { $0.origin == .bundled })
  }

  @Test("a relative folder is made absolute, so that the loader's own search never chooses")
  func relative() {
    let path = SearchPath(["some/folder"], environment: [:]).folders[0].path
    #expect(path == FileManager.default.currentDirectoryPath + "/some/folder")
  }

  @Test("a folder that was named and is not there is an error")
  func missingFolder() throws {
    let error = #expect(throws: PluginErrors.self) {
      try Plugins(searching: SearchPath(["/no/such/folder"], environment: [:]))
    }
    #expect(
      error?.description.contains("/no/such/folder") == true && error?.description.contains("No such file") == true)
  }

  @Test("between folders the earlier wins, and the later one's function is listed as hidden")
  func earlierWins() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try folder.folder("first"), try folder.folder("second"))
    try plugin("1", in: first)
    try plugin("2", in: second)
    for (order, value) in [([first, second], 1.0), ([second, first], 2)] {
      let plugins = try Plugins(searching: SearchPath(order.map(\.path), environment: [:]))
      #expect(try plugins.activation("odd").values(at: [0]).outputs == [value])
      #expect(plugins.hidden.map(\.information.file) == [order[1].path + "/odd.so"])
    }
  }

  @Test("a user's function may take the place of a bundled one")
  func overBundled() throws {
    let folder = try TemporaryFolder()
    try plugin("42", named: "tanh", in: folder.url)
    let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
    #expect(try plugins.activation("tanh").values(at: [0]).outputs == [42])
    #expect(plugins.hidden.map(\.name) == ["tanh"] && plugins.hidden[0].information.file.hasSuffix("libnnkit-tanh.so"))
    #expect(try bundled().activation("tanh").values(at: [0]).outputs == [0])
  }

  @Test("two plugins of one folder with the same name are an error that names both files")
  func twins() throws {
    let folder = try TemporaryFolder()
    try plugin("1", in: folder.url, file: "a.so")
    try plugin("2", in: folder.url, file: "b.so")
    let error = #expect(throws: PluginErrors.self) {
      try Plugins(searching: SearchPath([folder.path], environment: [:]))
    }
    for word in [folder.file("a.so").path, folder.file("b.so").path, "`odd`"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
    #expect(error?.errors.count == 1)
  }

  @Test("two paths to one library are one plugin")
  func sameLibrary() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try folder.folder("first"), try folder.folder("second"))
    try plugin("1", in: first)
    for name in ["odd.so", "link.so"] {
      try FileManager.default.createSymbolicLink(
        at: second.appending(path: name), withDestinationURL: first.appending(path: "odd.so"))
    }
    let plugins = try Plugins(searching: SearchPath([first.path, second.path, first.path], environment: [:]))
    #expect(plugins.hidden.isEmpty && plugins.files.filter { $0.path.hasPrefix(folder.path) }.count == 1)
  }

  @Test("an unknown function tells the nearest names, where it looked, and what the name is instead")
  func unknown() throws {
    let folder = try TemporaryFolder()
    let plugins = try Plugins(searching: SearchPath([folder.path], environment: [:]))
    let error = #expect(throws: UnknownFunctionError.self) { try plugins.activation("sigmiod") }
    #expect(error?.nearest.first == "sigmoid" && error?.name == "sigmiod" && error?.kind == .activation)
    #expect(error?.searched == plugins.searchPath.folders.map(\.path))
    for word in ["sigmiod", "`sigmoid`", folder.path, "--plugin-path", "nnkit-sigmoid"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
    let other = #expect(throws: UnknownFunctionError.self) { try plugins.loss("relu") }
    #expect(other?.otherKind == .activation)
    #expect(throws: UnknownFunctionError.self) { try plugins.loss("") }
    let far = #expect(throws: UnknownFunctionError.self) { try plugins.loss("zzzzzzzzzz") }
    #expect(far?.nearest.isEmpty == true)
  }

  @Test(
    "all bundled plugins load in less than 15 ms",
    .disabled(if: ProcessInfo.processInfo.environment["NNKIT_SANITIZER"] != nil, "a sanitizer's code is slower"))
  func speed() throws {
    _ = try bundled()
    let clock = ContinuousClock()
    let times = try (0..<5).map { _ in try clock.measure { _ = try Plugins(searching: SearchPath(environment: [:])) } }
    #expect(try #require(times.min()) < .milliseconds(15))
  }
}
