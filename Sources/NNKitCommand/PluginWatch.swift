import ArgumentParser
import Foundation
import NNKit

extension PluginsCommand {
  /// `nnkit plugins watch`: the loop in which one invents a function.
  struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compiles a plugin and runs a configuration with it, again whenever the source is saved.",
      usage: "nnkit plugins watch FILE.c -- CONFIG [options of nnkit run]")

    @Argument(help: "The plugin's source, in C or Swift.")
    var source: String
    @Argument(parsing: .postTerminator, help: "What nnkit run is given.")
    var arguments: [String] = []

    mutating func validate() throws {
      if arguments.isEmpty {
        throw ValidationError("expected a configuration behind --, as in watch bent.c -- bent.yaml")
      }
    }

    func run() throws {
      let folder = FileManager.default.temporaryDirectory.path + "/nnkit-watch-\(getpid())"
      guard mkdir(folder, 0o700) == 0 else { throw FileError.system(folder, "be made") }
      Interruption.awaitSignals()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var seen: timespec?
      var current: Process?
      while Interruption.signal == nil {
        let saved = try modified()
        if seen.map({ $0.tv_sec != saved.tv_sec || $0.tv_nsec != saved.tv_nsec }) ?? true {
          seen = saved
          current?.terminate()
          current?.waitUntilExit()
          current = try build(in: folder) ? try start(with: folder) : nil
        }
        usleep(100_000)
      }
      current?.terminate()
      current?.waitUntilExit()
      throw ExitCode(128 + (Interruption.signal ?? 0))
    }

    /// When the source was last saved; while an editor replaces it there may be none for a moment.
    private func modified() throws -> timespec {
      var status = stat()
      for _ in 0..<20 {
        if stat(source, &status) == 0 { return status.st_mtim }
        usleep(50_000)
      }
      throw FileError.system(source, "be read")
    }

    /// Compiles the source; the last good library stays where that fails.
    private func build(in folder: String) throws -> Bool {
      let (fresh, library) = ("\(folder)/plugin.fresh", "\(folder)/plugin.so")
      let compiler = Process()
      compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      compiler.arguments = try PluginHeader.compiler(for: source, to: fresh)
      try compiler.run()
      compiler.waitUntilExit()
      guard compiler.terminationStatus == 0, rename(fresh, library) == 0 else {
        let hasOlder = access(library, F_OK) == 0
        print(
          "\(source) does not compile\(hasOlder ? "; this is its last good build" : ", waiting for it to be saved")")
        fflush(nil)
        return hasOlder
      }
      print("\(source) compiled")
      fflush(nil)
      return true
    }

    private func start(with folder: String) throws -> Process {
      let run = Process()
      run.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      run.arguments = ["run"] + arguments + ["--plugin-path", folder]
      try run.run()
      return run
    }
  }
}
