internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The files with a run's saved states, of which the last two are kept.
struct Checkpoints {
  private let folder: String
  /// Those that are sound, oldest first.
  private var kept: [String] = []

  init(in folder: RunFolder) { self.folder = folder.checkpoints }

  /// Writes a state that was reached after so many batches, and removes those before the last two.
  mutating func write(_ bytes: [UInt8], batches: Int) throws {
    if mkdir(folder, 0o777) != 0 && errno != EEXIST { throw FileError.system(folder, "be made") }
    let digits = "\(batches)"
    let path = "\(folder)/\(String(repeating: "0", count: max(0, 12 - digits.count)))\(digits).safetensors"
    try WholeFile.write(bytes, to: path)
    kept = kept.filter { $0 != path }.suffix(1) + [path]
    for other in files() where !kept.contains(other) { unlink(other) }
  }

  /// Hands the newest state to `restore`; if that cannot use it, the one before.
  ///
  /// - Returns: Why states were not used, each in a line.
  mutating func restoreNewest(_ restore: (String) throws -> Void) -> [String] {
    var notes: [String] = []
    for path in files().filter({ $0.hasSuffix(".safetensors") }).reversed() {
      do {
        try restore(path)
        kept = [path]
        return notes
      } catch {
        notes.append("\(error); this checkpoint is not used")
      }
    }
    return notes
  }

  /// All files, oldest state first.
  private func files() -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.contains(".safetensors") { names.append("\(folder)/\(name)") }
    }
    return names.sorted()
  }
}
