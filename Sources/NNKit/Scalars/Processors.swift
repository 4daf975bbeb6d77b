internal import CNNKitSystem

/// What this process can use of the machine's processors.
package enum Processors {
  /// How many it can use at a time, at least 1: fewer than the machine has where the process, or its container, is limited.
  package static let count = nnk_processor_count("")
}
