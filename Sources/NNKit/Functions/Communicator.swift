internal import CNNKit

/// A plugin that connects processes which train one network together, as MPI does; see `Ranks`.
///
/// What it points to is constant and stays loaded, hence Sendable.
public final class Communicator: @unchecked Sendable {
  /// What a configuration says where a run is to have none.
  public static let noneName = "none"

  /// The functions of `nnkit_communicator`: all are called by one thread.
  struct Calls {
    let start:
      @convention(c) (UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Int>?) ->
        Int32
    let begin:
      @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>?, UnsafeMutableRawPointer?, Int, UInt32) -> Int32
    let test: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> Int32
    let broadcast: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Int32
    let barrier: @convention(c) () -> Int32
    let finish: @convention(c) (Int32) -> Int32
    let describe: (@convention(c) (Int32, UnsafeMutablePointer<CChar>?, Int) -> Int32)?
  }

  /// Its name, summary, formula and file.
  public let information: FunctionInformation
  /// The command that starts `RANKS` processes of the program behind it; nil if the plugin names none.
  public let launcher: String?
  private let calls: Calls

  init(information: FunctionInformation, launcher: String?, calls: Calls) {
    (self.information, self.launcher, self.calls) = (information, launcher, calls)
  }

  /// What a configuration calls it.
  public var name: String { information.name }

  /// The words that start so many processes of the program behind them; nil if the plugin names no launcher.
  package func launch(ranks: Int) -> [String]? {
    launcher.map { $0.split(separator: " ").map { $0 == "RANKS" ? "\(ranks)" : String($0) } }
  }

  /// What the numbers of a sum are.
  package enum Number: UInt32, Sendable {
    case float32 = 1
    case float64 = 2

    package init<Scalar: NetworkScalar>(_: Scalar.Type) { self = Scalar.self == Float.self ? .float32 : .float64 }
  }

  // The following are for the one thread that calls `start`.

  /// Joins the other processes.
  func start() throws -> (rank: Int, ranks: Int, text: String) {
    var (rank, ranks) = (0, 0)
    var code: Int32 = 0
    let words = Self.text { code = calls.start($0, $1, &rank, &ranks) }
    guard code == 0 else {
      throw CommunicatorFailure(
        communicator: name, file: information.file, call: "start", code: code, words: words.isEmpty ? nil : words)
    }
    guard ranks > 0, 0..<ranks ~= rank else {
      throw CommunicatorFailure(
        communicator: name, file: information.file, call: "start", code: 0,
        words: "it gave rank \(rank) of \(ranks), expected 0 to ranks - 1")
    }
    return (rank, ranks, words)
  }

  func begin(_ buffer: UnsafeMutableRawPointer?, _ count: Int, _ number: Number) throws -> UnsafeMutableRawPointer? {
    var request: UnsafeMutableRawPointer?
    try check(calls.begin(&request, buffer, count, number.rawValue), "all_reduce_begin")
    return request
  }

  func isDone(_ request: UnsafeMutableRawPointer?) throws -> Bool {
    var done: Int32 = 0
    try check(calls.test(request, &done), "test")
    return done != 0
  }

  func broadcast(_ bytes: UnsafeMutableRawPointer?, _ count: Int, from root: Int) throws {
    try check(calls.broadcast(bytes, count, root), "broadcast")
  }

  func barrier() throws { try check(calls.barrier(), "barrier") }

  func finish(failed: Bool) throws { try check(calls.finish(failed ? 1 : 0), "finish") }

  private func check(_ code: Int32, _ call: String) throws {
    if code == 0 { return }
    let words = Self.text { _ = calls.describe?(code, $0, $1) }
    throw CommunicatorFailure(
      communicator: name, file: information.file, call: call, code: code, words: words.isEmpty ? nil : words)
  }

  private static func text(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Void) -> String {
    var text = [CChar](repeating: 0, count: 512)
    write(&text, text.count)
    text[text.count - 1] = 0
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A call of a communicator that failed: the other ranks cannot be reached, or the library is missing.
public struct CommunicatorFailure: Error, Sendable, CustomStringConvertible {
  /// The communicator's name.
  public let communicator: String
  /// The plugin file.
  public let file: String
  /// The function that was called.
  public let call: String
  /// What it returned; 0 would be success.
  public let code: Int32
  /// What the plugin says of that; nil if it says nothing.
  public let words: String?

  /// What is wrong, where, and what to do.
  public var description: String {
    if let words { return "the communicator `\(communicator)` of \(file) failed: \(call): \(words)" }
    return "the communicator `\(communicator)` of \(file) failed: \(call) returned \(code) instead of 0"
  }
}
