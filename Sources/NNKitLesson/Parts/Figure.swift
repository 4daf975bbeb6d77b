internal import NNKit

/// A piece of what a live part shows.
///
/// The page draws each kind with the modules of explain, view and report.
enum Figure: Encodable, Sendable {
  /// Named numbers.
  case facts([Fact])
  /// Curves over an axis.
  case plot(Plot)
  /// A function of two weights as a picture, with a path on it.
  case surface(Surface)
  /// Matrices as pictures, a colour for each sign.
  case pictures([Picture])
  /// Neurons in columns, with lines between them.
  case network(NetworkFigure)
  /// Equations with their numbers.
  case lines([String])
  case table(Table)
  /// A sentence.
  case note(String)
  /// Numbers, each with the equation that it came from.
  case trace(Trace)
  /// Several states, one after the other.
  case frames([Frame])
  /// Whether the reader's task is done.
  case goal(isMet: Bool, hint: String)

  private enum Key: String, CodingKey { case kind, content }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    func put(_ kind: String, _ content: some Encodable) throws {
      try container.encode(kind, forKey: .kind)
      try container.encode(content, forKey: .content)
    }
    switch self {
    case .facts(let facts): try put("facts", facts)
    case .plot(let plot): try put("plot", plot)
    case .surface(let surface): try put("surface", surface)
    case .pictures(let pictures): try put("pictures", pictures)
    case .network(let network): try put("network", network)
    case .lines(let lines): try put("lines", lines)
    case .table(let table): try put("table", table)
    case .note(let note): try put("note", note)
    case .trace(let trace): try put("trace", trace)
    case .frames(let frames): try put("frames", frames)
    case .goal(let isMet, let hint): try put("goal", Goal(isMet: isMet, hint: hint))
    }
  }

  struct Fact: Encodable, Sendable {
    let name: String
    let symbol: String
    /// Nil where the number is not finite.
    let value: Double?

    init(_ name: String, _ symbol: String, _ value: Double) {
      (self.name, self.symbol, self.value) = (name, symbol, value.isFinite ? value : nil)
    }
  }

  struct Plot: Encodable, Sendable {
    struct Series: Encodable, Sendable {
      var name: String?
      let x: [Double]
      /// Nil where the number is not finite.
      let y: [Double?]
      let colour: String
      var dash: String?

      init(_ name: String? = nil, x: [Double], y: [Double], colour: Int, dash: String? = nil) {
        (self.name, self.x, self.dash) = (name, x.map { brief($0) }, dash)
        self.y = y.map { $0.isFinite ? brief($0) : nil }
        self.colour = "series-\(colour)"
      }
    }
    struct Mark: Encodable, Sendable {
      let x: Double
      let y: Double
      let text: String
      var colour = "ink"
    }
    let title: String
    let xLabel: String
    let series: [Series]
    var marks: [Mark] = []
    var log = false
    var dots = false
    var height = 220
    var yRange: [Double]?
  }

  struct Surface: Encodable, Sendable {
    let title: String
    /// What the axes are called, and their ends.
    let x: Axis
    let y: Axis
    let size: Int
    /// `size` × `size` numbers, row by row from the top, which is the greatest y; as shares of the colours, 0 to 1.
    let shares: [Double]
    /// Points from the first to where one is now.
    let path: [[Double]]
    struct Axis: Encodable, Sendable {
      let name: String
      let from: Double
      let to: Double
    }
  }

  struct Picture: Encodable, Sendable {
    let title: String
    let rows: Int
    let columns: Int
    let values: [Double]
    /// Black to white; signed numbers have two colours.
    let isGrey: Bool

    init(title: String, rows: Int, columns: Int, values: [Double], isGrey: Bool = false) {
      (self.title, self.rows, self.columns, self.isGrey) = (title, rows, columns, isGrey)
      self.values = values.map { brief($0, 3) }
    }
  }

  struct NetworkFigure: Encodable, Sendable {
    struct Node: Encodable, Sendable {
      let key: String
      let name: String
      let value: String
    }
    struct Column: Encodable, Sendable {
      let title: String
      let nodes: [Node]
    }
    struct Line: Encodable, Sendable {
      let key: String
      let from: String
      let to: String
      let weight: Double
      init(_ from: String, _ to: String, _ weight: Double) {
        (key, self.from, self.to, self.weight) = ("\(from)>\(to)", from, to, weight)
      }
    }
    let label: String
    let columns: [Column]
    let lines: [Line]
  }

  struct Table: Encodable, Sendable {
    let title: String
    let head: [String]
    let rows: [[String]]
  }

  struct Trace: Encodable, Sendable {
    struct Entry: Encodable, Sendable {
      let id: String
      /// The group that it stands in.
      let group: String
      let symbol: String
      let value: Double
      /// Text, and ids of the numbers in it between bars: "|w1|·|x1| + |b|"; empty for a number that is given.
      let formula: String
      let words: String
    }
    let title: String
    let first: String
    let entries: [Entry]
  }

  struct Frame: Encodable, Sendable {
    let caption: String
    let figures: [Figure]
  }

  private struct Goal: Encodable {
    let isMet: Bool
    let hint: String
  }
}

/// What a drawing needs of a number: few digits, so that pages are small.
func brief(_ value: Double, _ digits: Int = 5) -> Double { Double(numberText(value, digits: digits)) ?? value }

/// A number in a page: at most `digits` significant digits, with a true minus sign and a power of ten that reads as one.
func shown(_ value: Double, _ digits: Int = 4) -> String {
  if !value.isFinite { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
  // 10,000 rather than a power of ten.
  if value == value.rounded(), abs(value) < 1e6, abs(value) >= 100 {
    return grouped(Int(value)).replacing("-", with: "−")
  }
  let text = numberText(value, digits: digits)
  guard let mark = text.firstIndex(of: "e"), let power = Int(text[text.index(after: mark)...]) else {
    return text.replacing("-", with: "−")
  }
  let raised = "\(power)".map { $0 == "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[$0.wholeNumberValue ?? 0] }.joined()
  let mantissa = text[..<mark] == "1" ? "" : "\(text[..<mark])·"
  return "\(mantissa)10\(raised)".replacing("-", with: "−")
}

extension String {
  /// The character at a place, as a text.
  fileprivate subscript(place: Int) -> String { String(self[index(startIndex, offsetBy: place)]) }
}
