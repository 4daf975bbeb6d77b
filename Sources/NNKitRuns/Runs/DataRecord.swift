import CZlib
import NNKit

/// Which samples a run has: a checksum of each set, by which a run that goes on knows whether they are still the same.
struct DataRecord: Codable, Equatable {
  /// Of inputs and targets, by the names that a configuration gives the sets.
  private let checksums: [String: UInt32]

  init<Scalar: NetworkScalar>(_ data: DataSets<Scalar>) {
    let sets = [("train", data.train), ("validation", data.validation), ("test", data.test)]
    checksums = Dictionary(
      uniqueKeysWithValues: sets.compactMap { name, samples in
        samples.map { (name, $0.targets.checksum(after: $0.inputs.checksum(after: 0))) }
      })
  }

  /// A line for each set that is another one than it was for `old`.
  func changes(from old: DataRecord) -> [String] {
    checksums.keys.sorted().filter { old.checksums[$0] != checksums[$0] }.map { name in
      "the \(name) data have changed since the run began: "
        + (name == "train"
          ? "the model will not be that of an uninterrupted run"
          : "their figures before and after it was left are not of the same samples")
    }
  }
}

extension Matrix {
  /// The CRC-32 of the numbers' bytes, behind bytes that gave `before`.
  fileprivate func checksum(after before: UInt32) -> UInt32 {
    withElements { values in
      let bytes = UnsafeRawBufferPointer(values)
      return UInt32(truncatingIfNeeded: crc32_z(UInt(before), bytes.baseAddress, bytes.count))
    }
  }
}
