internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The files with a run's saved states, of which the last two are kept.
struct Checkpoints {
  /// What a checkpoint calls the run's part of its metadata.
  static let runKey = "run"
  private static let digits = 12
  private static let ending = ".safetensors"
  private let folder: String
  /// Those that are sound, oldest first.
  private var kept: [String] = []

  /// - Throws: `FileError` if the folder for them is a link: files that it leads to would be removed.
  init(in folder: RunFolder) throws {
    self.folder = folder.checkpoints
    var status = stat()
    if lstat(self.folder, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      throw FileError(self.folder, "is not a folder in the run's folder, where its checkpoints belong; remove it")
    }
  }

  /// Writes a state that was reached after so many batches, and removes those before the last two.
  mutating func write(_ bytes: [UInt8], batches: Int) throws {
    if mkdir(folder, 0o777) != 0 && errno != EEXIST { throw FileError.system(folder, "be made") }
    let digits = "\(batches)"
    let zeros = String(repeating: "0", count: max(0, Self.digits - digits.count))
    let path = "\(folder)/\(zeros)\(digits)\(Self.ending)"
    try WholeFile.write(bytes, to: path)
    kept = kept.filter { $0 != path }.suffix(1) + [path]
    for other in files() where !kept.contains(other) { unlink(other) }
  }

  /// Hands the newest state to `restore`; if that cannot use it, the one before.
  ///
  /// - Returns: Why states were not used, each in a line.
  /// - Throws: `ChangedRun` where a state is sound, but of another run; `ExtensionError` where the run cannot be extended.
  mutating func restoreNewest(_ restore: (String) throws -> Void) throws -> [String] {
    var notes: [String] = []
    for path in whole().reversed() {
      do {
        try restore(path)
        kept = [path]
        return notes
      } catch let error where error is ChangedRun || error is ExtensionError {
        throw error
      } catch {
        notes.append("\(error); this checkpoint is not used")
      }
    }
    return notes
  }

  /// Whether there is any state to continue from.
  var isEmpty: Bool { whole().isEmpty }

  /// Removes what was left half written, and the folder if nothing else is in it.
  func tidy() {
    for path in files() where !path.hasSuffix(Self.ending) { unlink(path) }
    rmdir(folder)
  }

  /// The newest state that can be read.
  func newest() -> Safetensors? { whole().reversed().lazy.compactMap { try? Safetensors(contentsOf: $0) }.first }

  /// The files that were written to their end, oldest state first.
  private func whole() -> [String] { files().filter { $0.hasSuffix(Self.ending) } }

  /// All files, oldest state first, and those that were left half written; what others put there is not touched.
  private func files() -> [String] {
    (namesOfFiles(in: folder) ?? []).filter(Self.isOwn).sorted().map { "\(folder)/\($0)" }
  }

  /// Whether a name is one that `write` gives: a number, the ending, and while it is being written a process's number.
  private static func isOwn(_ name: String) -> Bool {
    guard let end = name.firstIndex(of: ".") else { return false }
    let (number, rest) = (name[..<end], name[end...])
    return number.utf8.count >= digits && number.utf8.allSatisfy { (48...57).contains($0) }
      && (rest == ending || rest.hasPrefix(ending + WholeFile.unfinishedMark))
  }
}
