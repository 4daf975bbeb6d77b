import CNNKitSystem
import NNKit

/// What calls of a function leave behind besides their results, which is to be nothing.
struct SideEffects {
  private let name: String
  private let call: () throws -> Void
  /// The floating-point environment as it is to stay.
  private let control: UInt64

  /// - Parameters:
  ///   - name: Names the call, for findings.
  ///   - control: The floating-point environment as it was before any call.
  ///   - call: Makes it; all that it allocates of its own is freed again.
  init(of name: String, control: UInt64 = nnk_float_control(), _ call: @escaping () throws -> Void) {
    (self.name, self.control, self.call) = (name, control, call)
  }

  /// - Returns: How many calls were made.
  /// - Throws: `Finding`; what the call throws.
  func expectNone() throws -> Int {
    let written = try StandardStreams.bytesWritten(by: call)
    guard written == 0 else {
      throw Finding(name, found: "\(written) bytes of output", expected: "no input and no output")
    }
    guard nnk_float_control() == control else {
      throw Finding(
        name, found: "another floating-point environment: rounding, tiny numbers or exceptions are treated otherwise",
        expected: "the environment as before the call")
    }
    let calls = 20
    // Something may be made once and kept; what grows again and again is lost.
    let growths = try (0..<4).map { _ in
      let before = Int(nnk_heap_bytes())
      for _ in 0..<calls { try call() }
      return Int(nnk_heap_bytes()) - before
    }
    if let growth = growths.dropFirst().min(), growth >= calls {
      throw Finding(
        name, found: "a heap that grows by \(growth / calls) bytes with each call", expected: "nothing allocated")
    }
    return 1 + 4 * calls
  }
}
