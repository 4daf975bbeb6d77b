import NNKit
import NNKitPluginChecks
import Testing

@Suite("the table of kinds")
struct KindTests {
  @Test("each kind of function that is loaded has checks, beginning with that of its descriptor, and a name of its own")
  func complete() throws {
    for kind in PluginKind.all {
      #expect(kind.checks.first == .descriptor && kind.checks.count > 1, "\(kind)")
      #expect(Set(kind.checks).count == kind.checks.count, "\(kind)")
      #expect(PluginKind(named: kind.name) == kind)
    }
    #expect(PluginKind(named: "none") == nil)
    #expect(Set(PluginKind.all).count == PluginKind.all.count)
  }

  @Test("the checks run in a program of one's own, and a name that no plugin offers is an error")
  func inProcess() throws {
    let plugins = try Plugins(searching: SearchPath(environment: [:]))
    for name in ["gelu", "cross_entropy", "radial_basis"] {
      let examination = try Examination(name, in: plugins)
      for check in examination.checks where [.descriptor, .bounds].contains(check) {
        #expect(try examination.run(check) > 0, "\(name): \(check)")
      }
    }
    #expect(throws: UnknownFunctionError.self) { try Examination("gelo", in: plugins) }
  }

  @Test("several reports at once, from one process, find what each plugin does, and no process of another's")
  func atOnce() async throws {
    let folder = try TemporaryFolder()
    let program = try Checkout.nnkit
    let identity = "NNKIT_EACH(b, i) a[i] = z[i];"
    let plugins = [
      BadPlugin.activation("sound", ""),
      BadPlugin.activation("crash", "", evaluate: "\(identity) if (z[0] > 3) abort();"),
      BadPlugin.activation(
        "process", "", evaluate: "\(identity) if (!once++) (void)!system(\"sleep 30 &\");",
        functions: "static int once;"),
    ]
    for plugin in plugins { try Checkout.compile(plugin.source, to: folder.path("\(plugin.name).so")) }
    let files = Dictionary(uniqueKeysWithValues: plugins.map { ($0.name, folder.path("\($0.name).so")) })
    let reports = try await withThrowingTaskGroup(of: (String, PluginReport).self) { group in
      for (name, file) in files { group.addTask { (name, try PluginReport(file, seconds: 30, by: program)) } }
      return try await group.reduce(into: [String: PluginReport]()) { $0[$1.0] = $1.1 }
    }
    #expect(reports["sound"]?.passed == true, "\(reports["sound"]?.text ?? [])")
    let crash = try #require(reports["crash"]).functions.first?.checks.first(where: \.isFault)
    #expect(crash.map { Sanitizer.statuses("crashed").contains($0.status.rawValue) } == true)
    let left = try #require(reports["process"]?.text.joined(separator: "\n"))
    #expect(left.contains("another process"), "\(left)")
    #expect(throws: (any Error).self) { try PluginReport(folder.path("sound.so"), by: folder.path("no-program")) }
  }
}
