/// Lines of nnkit's own code, from the files as they were when the program was built; and of the lesson's two files.
struct Excerpt {
  /// The files that chapters show, by the names under which they do.
  private static var files: [(name: String, path: String, text: String)] {
    [
      ("Neuron.swift", "Sources/NNKit/Neurons/Neuron.swift", Resource.Neuron_swift),
      ("LossStage.swift", "Sources/NNKit/Training/LossStage.swift", Resource.LossStage_swift),
      ("FusedPass.swift", "Sources/NNKit/Passes/FusedPass.swift", Resource.FusedPass_swift),
      ("GradientCheck.swift", "Sources/NNKit/Training/GradientCheck.swift", Resource.GradientCheck_swift),
      ("EarlyStopping.swift", "Sources/NNKit/Training/EarlyStopping.swift", Resource.EarlyStopping_swift),
      ("RadialNeuron.swift", "Examples/RadialNeuron/RadialNeuron.swift", Resource.RadialNeuron_swift),
      ("TrainingLoop.swift", "Examples/TrainingLoop/main.swift", Resource.TrainingLoop_swift),
      ("steps.inc", "Sources/CKernels/templates/steps.inc", Resource.steps_inc),
      ("Initializer.swift", "Sources/NNKit/Neurons/Initializer.swift", Resource.Initializer_swift),
      ("bent.c", "", Resource.bent_c), ("first_network.py", "first_network.py", Resource.first_network_py),
    ]
  }

  /// Where it is from, in words; empty for a file that only the lesson has.
  let place: String
  let lines: [Substring]

  /// From the line that contains `first` to the next one that contains `last`, that line alone without `last`; the whole file
  /// without both.
  ///
  /// - Throws: `LessonError` if there is no such file, if not exactly one line contains `first`, or none behind it `last`.
  init(_ file: some StringProtocol, from first: String?, to last: String?) throws {
    guard let found = Self.files.first(where: { $0.name == file }) else {
      throw LessonError("there is no file \(file)")
    }
    let all = found.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first else {
      (place, lines) = (found.path, all.last == "" ? all.dropLast() : all)
      return
    }
    let starts = all.indices.filter { all[$0].contains(first) }
    guard starts.count == 1 else { throw LessonError("\(starts.count) lines of \(file) contain \(first), expected 1") }
    let start = starts[0]
    guard let end = last.map({ last in all[start...].firstIndex { $0.contains(last) } }) ?? start else {
      throw LessonError("no line of \(file) behind \(first) contains \(last ?? "")")
    }
    let margin = all[start...end].filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    lines = all[start...end].map { $0.dropFirst(margin) }
    place = found.path.isEmpty ? "" : "\(found.path), line \(start + 1)"
  }

  var markup: String {
    let caption = place.isEmpty ? "" : "<figcaption>\(escapedText(place))</figcaption>"
    return "<figure class=\"source\">\(caption)\(codeMarkup(lines, label: place.isEmpty ? "Code" : place))</figure>"
  }

  /// A line that opens to show all.
  var foldedMarkup: String {
    "<details class=\"source\"><summary>The whole file \(escapedText(place))</summary>"
      + "\(codeMarkup(lines, label: place))</details>"
  }
}

/// Lines of code that the keyboard can scroll.
func codeMarkup(_ lines: [Substring], label: String, class kind: String? = nil) -> String {
  let kind = kind.map { " class=\"\($0)\"" } ?? ""
  return "<pre\(kind) tabindex=\"0\" role=\"group\" aria-label=\"\(escapedText(label))\"><code>"
    + lines.map { escapedText($0) }.joined(separator: "\n") + "</code></pre>"
}
