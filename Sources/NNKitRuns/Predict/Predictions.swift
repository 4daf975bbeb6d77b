package import NNKit

extension Model {
  /// The answers to raw samples as JSON lines: `{"outputs": [...], "class": "..."}`, the class where outputs stand for
  /// classes.
  package func predictions(for samples: [[Double]], _ line: (String) -> Void) throws {
    for first in stride(from: 0, to: samples.count, by: 256) {
      let some = samples[first..<min(first + 256, samples.count)]
      for outputs in try self.outputs(forRaw: Array(some)) {
        var pairs: [(String, JSONText)] = [("outputs", .numbers(outputs))]
        if let loss, let classes {
          let index = HitRule(loss).classIndex(Matrix(outputs.map { [$0] }), column: 0)
          if classes.indices.contains(index) { pairs.append(("class", .text(classes[index]))) }
        }
        line(JSONText.object(pairs).text())
      }
    }
  }
}
