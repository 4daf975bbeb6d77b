internal import CNNKit

extension PluginKind {
  /// What connects processes that train together: `nnkit_communicator`.
  public static let communicator = PluginKind(name: "communicator", plural: "communicators", code: NNKIT_COMMUNICATOR) {
    reader, address, information throws(PluginError) in try reader.communicator(at: address, information)
  }
}

extension DescriptionReader {
  fileprivate func communicator(
    at address: UnsafeRawPointer, _ information: FunctionInformation
  ) throws(PluginError) -> Communicator {
    guard let required = MemoryLayout<nnkit_communicator>.offset(of: \.describe) else {
      throw fault("the host's nnkit_communicator has no field describe")
    }
    let raw = try structure(at: address, as: nnkit_communicator(), required: required, name: "`\(information.name)`")
    guard information.parameters.isEmpty else {
      throw fault("a communicator has no parameters, and `\(information.name)` has \(information.parameters.count)")
    }
    guard information.name != Communicator.noneName else {
      throw fault("a communicator is not called `\(Communicator.noneName)`, which means that a run has none")
    }
    guard let start = raw.start, let begin = raw.all_reduce_begin, let test = raw.test, raw.wait != nil,
      let broadcast = raw.broadcast, let barrier = raw.barrier, let finish = raw.finish
    else {
      let calls = [
        ("start", raw.start == nil), ("all_reduce_begin", raw.all_reduce_begin == nil), ("test", raw.test == nil),
        ("wait", raw.wait == nil), ("broadcast", raw.broadcast == nil), ("barrier", raw.barrier == nil),
        ("finish", raw.finish == nil),
      ]
      throw fault("`\(calls.first { $0.1 }?.0 ?? "start")` of `\(information.name)` is NULL")
    }
    return Communicator(
      information: information, launcher: try text(raw.launcher, "launcher of `\(information.name)`"),
      calls: Communicator.Calls(
        start: start, begin: begin, test: test, broadcast: broadcast, barrier: barrier, finish: finish,
        describe: raw.describe))
  }
}

extension Communicator: PluginFunction {
  package static var kind: PluginKind { .communicator }
  package var derivatives: [String] { [] }

  package func details(at points: [Double]) throws -> FunctionDetails {
    FunctionDetails(facts: [("launcher", launcher ?? "none named")])
  }
}

extension Plugins {
  /// The communicator of that name.
  ///
  /// - Throws: `PluginError` if its plugin cannot be loaded; `UnknownFunctionError` if no plugin offers one.
  public func communicator(_ name: String) throws -> Communicator {
    if let communicator = function(name, of: .communicator) as? Communicator { return communicator }
    if let obstacle = obstacles.first(where: { $0.file.hasSuffix("/libnnkit-\(name).so") }) { throw obstacle }
    throw unknown(name, .communicator)
  }
}
