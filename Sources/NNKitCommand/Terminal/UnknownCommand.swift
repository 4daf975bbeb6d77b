import ArgumentParser
import Glibc
import NNKit

/// A word in a command's place that is not a command.
struct UnknownCommand: CustomStringConvertible {
  let description: String

  /// What other tools call their commands; these may be mistyped as well.
  private static let elsewhere = ["train", "fit", "test", "eval", "infer", "resume", "stop", "create", "compare"]

  private static func near(_ word: String, _ names: [String]) -> String? {
    nearestNames(to: word, in: names).first
      ?? nearestNames(to: word, in: elsewhere).first.flatMap { nearestNames(to: $0, in: names).first }
  }

  /// Nil if the arguments name commands that there are.
  init?(_ arguments: [String]) {
    var command: any ParsableCommand.Type = Program.self
    var path = ["nnkit"]
    for word in arguments {
      let subcommands = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      if subcommands.isEmpty || word.hasPrefix("-") || word == "help" && path.count == 1 { return nil }
      if let next = command.configuration.subcommands.first(where: { $0._commandName == word }) {
        command = next
        path.append(word)
        continue
      }
      let names = subcommands.map { $0._commandName }
      var text = "`\(word)` is not a command of \(path.joined(separator: " ")), expected one of "
      text += names.joined(separator: ", ")
      if let near = Self.near(word, names) {
        text += "; did you mean `\((path + [near]).joined(separator: " "))`?"
      } else if path.count == 1 && [".yaml", ".yml", ".json"].contains(where: word.hasSuffix) {
        text += "; did you mean `\(shellText(["nnkit", "run", word]))`?"
      }
      description =
        "\(text)\nUsage: \(path.joined(separator: " ")) <subcommand>; see `\(path.joined(separator: " ")) --help`"
      return
    }
    return nil
  }
}
