import ArgumentParser
import Glibc
import NNKit
import NNKitPluginChecks

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension PluginsCommand {
  /// `nnkit plugins watch`: the loop in which one invents a function.
  struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "watch",
      abstract: "Compiles a plugin and runs a configuration with it, again whenever the source is saved.",
      usage: "nnkit plugins watch FILE.c -- CONFIG [options of nnkit run]",
      discussion: """
        Examples:
          nnkit plugins watch bent.c -- bent.yaml
              again on each save
          nnkit plugins watch bent.swift -- bent.yaml --quiet
        """)

    @Argument(help: "The plugin's source, in C or Swift.")
    var source: String
    @Argument(parsing: .postTerminator, help: "The arguments of nnkit run.")
    var arguments: [String] = []

    mutating func validate() throws {
      if arguments.isEmpty {
        throw ValidationError("expected a configuration behind --, as in watch bent.c -- bent.yaml")
      }
      if ![".c", ".swift"].contains(where: source.hasSuffix) {
        throw ValidationError("`\(source)` is not the source of a plugin: expected a file that ends in .c or .swift")
      }
    }

    /// How long a run has to end its batch and save its state; one that hangs in the function never will.
    private static let grace = 2.0

    func run() throws {
      let folder = try ScratchFolder.make()
      defer { try? FileManager.default.removeItem(atPath: folder) }
      // The run is in a group of its own, which the terminal's signals do not reach: it is ended and stopped here.
      Interruption.awaitSignals([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP], secondEnds: false)
      // Nor may it be stopped for writing to the terminal from there.
      signal(SIGTTOU, SIG_IGN)
      var seen: timespec?
      var current: ProcessGroup?
      defer { end(current) }
      while Interruption.signal == nil {
        let saved = try modified()
        if seen.map({ $0.tv_sec != saved.tv_sec || $0.tv_nsec != saved.tv_nsec }) ?? true {
          seen = saved
          end(current)
          current = try build(in: folder) ? try start(with: folder) : nil
        }
        if Interruption.takeStop() { holdStill(with: current) }
        _ = current?.hasEnded
        usleep(100_000)
      }
      throw ExitCode(128 + (Interruption.signal ?? 0))
    }

    private func end(_ process: ProcessGroup?) {
      process?.end(within: Self.grace, isUrgent: { Interruption.isUrgent })
    }

    /// Stops, with the run, until the shell continues both.
    private func holdStill(with run: ProcessGroup?) {
      run?.stop()
      raise(SIGSTOP)
      run?.go()
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
      let command = try PluginHeader.compiler(for: source, to: fresh)
      let compiler = try ProcessGroup(command[0], Array(command.dropFirst()))
      while !compiler.hasEnded && Interruption.signal == nil { usleep(5000) }
      if Interruption.signal != nil {
        end(compiler)
        return false
      }
      let fault = compiler.succeeded ? try fault(of: fresh) : "does not compile"
      guard fault == nil, rename(fresh, library) == 0 else {
        let hasOlder = access(library, F_OK) == 0
        print(
          "\(source) \(fault ?? "has a build that cannot be kept")"
            + (hasOlder ? "; this is its last good build" : ", waiting for it to be saved"))
        StandardOutput.flush()
        return hasOlder
      }
      print("\(source) compiled")
      StandardOutput.flush()
      return true
    }

    /// What is wrong with a library that the compiler has made, as another process finds; nil if it is a plugin.
    private func fault(of library: String) throws -> String? {
      let child = try ChildProcess(examining: library, [], seconds: Self.grace)
      if child.ending == .exited(0), child.lines.contains(where: { $0.functions?.isEmpty == false }) { return nil }
      let reason = child.lines.compactMap(\.finding).last?.found ?? "opening it crashes, hangs or ends the process"
      return "compiles, but not to a plugin (\(reason))"
    }

    private func start(with folder: String) throws -> ProcessGroup {
      try ProcessGroup(
        "/proc/self/exe", ["run", "--plugin-path", folder, "--started-by", "\(getpid())"] + arguments)
    }
  }
}
