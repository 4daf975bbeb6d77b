internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The page of a study: its tables and drawings in one file that needs no script.
package struct StudyPage {
  private let title: String
  private var parts: [String] = []

  package init(title: String) { self.title = title }

  package mutating func add(heading: String) { parts.append("<h2>\(Self.escaped(heading))</h2>") }

  package mutating func add(paragraph: String) { parts.append("<p>\(Self.escaped(paragraph))</p>") }

  /// A table whose first row names the columns; `last` rows stand out.
  package mutating func add(table rows: [[String]], last: Int = 0) {
    guard let head = rows.first else { return }
    let cells = { (row: [String], tag: String) in row.map { "<\(tag)>\(Self.escaped($0))</\(tag)>" }.joined() }
    let body = rows.dropFirst().enumerated().map { index, row in
      "<tr\(index >= rows.count - 1 - last ? " class=\"mean\"" : "")>\(cells(row, "td"))</tr>"
    }
    parts.append("<table><thead><tr>\(cells(head, "th"))</tr></thead><tbody>\(body.joined())</tbody></table>")
  }

  package mutating func add(_ chart: StudyChart, caption: String) {
    parts.append("<figure>\(chart.svg)<figcaption>\(Self.escaped(caption))</figcaption></figure>")
  }

  package mutating func add(_ lines: ParallelCoordinates, caption: String) {
    parts.append("<figure>\(lines.svg)<figcaption>\(Self.escaped(caption))</figcaption></figure>")
  }

  /// The whole document, UTF-8.
  package var html: [UInt8] {
    Array(
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
      <title>\(Self.escaped(title))</title>
      <link rel="icon" href="data:,">
      <style>
      :root { color-scheme: light dark; --ink: #1b2230; --soft: #5b6474; --line: #d9dce2; --ground: #f7f7f5;
        --best: #c65300; --one: #0b67b2; --two: #007d5a; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --soft: #a3adbd; --line: #343d4b;
        --ground: #12161d; --best: #ff9a4d; --one: #58aef0; --two: #34c79a; } }
      body { margin: 0 auto; max-width: 1100px; padding: 1rem 1.5rem 3rem; background: var(--ground); color: var(--ink);
        font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
      h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; display: block;
        overflow-x: auto; }
      th, td { padding: 0.25rem 0.8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
      th { color: var(--soft); font-weight: 600; } .mean td { font-weight: 600; }
      figure { margin: 1rem 0; } svg { width: 100%; height: auto; } figcaption { color: var(--soft); font-size: 0.9rem; }
      svg text { fill: var(--soft); font-size: 11px; } .axis { stroke: var(--line); fill: none; }
      .curve { stroke: var(--one); fill: none; stroke-width: 1.2; opacity: 0.6; } .other { stroke: var(--two); }
      .best { stroke: var(--best); stroke-width: 2.2; opacity: 1; }
      </style>
      </head>
      <body>
      <h1>\(Self.escaped(title))</h1>
      \(parts.joined(separator: "\n"))
      </body>
      </html>

      """.utf8)
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

/// Curves over one axis.
package struct StudyChart {
  package struct Series {
    let name: String
    let points: [(x: Double, y: Double)]
    let style: String

    /// - Parameters:
    ///   - name: What the pointer shows over it.
    ///   - points: From left to right; those that are not finite are left out.
    ///   - isBest: Whether it stands out.
    ///   - isOther: Whether it has the second colour.
    package init(_ name: String, _ points: [(x: Double, y: Double)], isBest: Bool = false, isOther: Bool = false) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      style = "curve" + (isOther ? " other" : "") + (isBest ? " best" : "")
    }
  }

  private static let (width, height, left, bottom) = (900.0, 320.0, 70.0, 40.0)
  private let x, y: String
  private let series: [Series]
  private let isLogX, isLogY: Bool
  /// Where a line stands across, and what it is.
  private let marks: [(x: Double, label: String)]

  package init(
    x: String, y: String, _ series: [Series], isLogX: Bool = false, isLogY: Bool = false,
    marks: [(x: Double, label: String)] = []
  ) {
    (self.x, self.y, self.series, self.marks) = (x, y, series, marks)
    let points = series.flatMap(\.points)
    self.isLogX = isLogX && points.allSatisfy { $0.x > 0 }
    self.isLogY = isLogY && points.allSatisfy { $0.y > 0 }
  }

  var svg: String {
    let points = series.flatMap(\.points)
    guard !points.isEmpty else { return "" }
    let across = Axis(points.map(\.x), isLog: isLogX, from: Self.left, to: Self.width - 15)
    let up = Axis(points.map(\.y), isLog: isLogY, from: Self.height - Self.bottom, to: 12)
    var parts: [String] = []
    let (right, floor) = (Self.width - 15, Self.height - Self.bottom)
    parts.append("<path class=\"axis\" d=\"M\(Self.left) 12V\(floor)H\(right)\"/>")
    for (value, place) in across.ticks {
      parts.append(
        "<text x=\"\(place)\" y=\"\(floor + 16)\" text-anchor=\"middle\">\(StudyResults.short(value))</text>")
    }
    for (value, place) in up.ticks {
      parts.append("<path class=\"axis\" d=\"M\(Self.left) \(place)H\(right)\"/>")
      parts.append(
        "<text x=\"\(Self.left - 6)\" y=\"\(place + 4)\" text-anchor=\"end\">\(StudyResults.short(value))</text>")
    }
    for item in series where !item.points.isEmpty {
      let path = item.points.enumerated().map { index, point in
        "\(index == 0 ? "M" : "L")\(tenth(across.place(point.x))) \(tenth(up.place(point.y)))"
      }
      parts.append(
        "<path class=\"\(item.style)\" d=\"\(path.joined())\"><title>\(StudyPage.escaped(item.name))</title></path>")
    }
    for mark in marks {
      let place = tenth(across.place(mark.x))
      parts.append("<path class=\"curve best\" stroke-dasharray=\"4 3\" d=\"M\(place) 12V\(floor)\"/>")
      parts.append("<text x=\"\(place)\" y=\"10\" text-anchor=\"middle\">\(StudyPage.escaped(mark.label))</text>")
    }
    parts.append(
      "<text x=\"\((Self.left + right) / 2)\" y=\"\(Self.height - 6)\" text-anchor=\"middle\">\(StudyPage.escaped(x))</text>"
    )
    parts.append("<text x=\"\(Self.left + 6)\" y=\"24\">\(StudyPage.escaped(y))</text>")
    return "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" role=\"img\">\(parts.joined())</svg>"
  }
}

/// A line for each run through an axis for each of its values: which values go with good runs.
package struct ParallelCoordinates {
  package struct Line {
    let name: String
    let values: [String]
    let isBest: Bool

    package init(_ name: String, _ values: [String], isBest: Bool) {
      (self.name, self.values, self.isBest) = (name, values, isBest)
    }
  }

  private static let (width, height) = (900.0, 340.0)
  private let axes: [String]
  private let lines: [Line]

  package init(_ axes: [String], _ lines: [Line]) { (self.axes, self.lines) = (axes, lines) }

  var svg: String {
    let count = axes.count
    func across(_ axis: Int) -> Double {
      count < 2 ? Self.width / 2 : 70 + (Self.width - 140) * Double(axis) / Double(count - 1)
    }
    var parts: [String] = []
    // Of each axis: where each text stands.
    let scales = axes.indices.map { axis -> [String: Double] in
      let texts = lines.map { $0.values[axis] }
      let numbers = texts.compactMap { Double($0) }
      var places: [String: Double] = [:]
      if numbers.count == texts.count, let low = numbers.min(), let high = numbers.max(), high > low {
        let axis = Axis(numbers, isLog: low > 0 && high > 50 * low, from: Self.height - 20, to: 40)
        for (text, number) in zip(texts, numbers) { places[text] = axis.place(number) }
      } else {
        let distinct = Set(texts).sorted()
        for (index, text) in distinct.enumerated() {
          places[text] = Self.height - 20 - (Self.height - 60) * (Double(index) + 0.5) / Double(distinct.count)
        }
      }
      return places
    }
    for axis in axes.indices {
      let x = tenth(across(axis))
      parts.append("<path class=\"axis\" d=\"M\(x) 40V\(Self.height - 20)\"/>")
      parts.append("<text x=\"\(x)\" y=\"20\" text-anchor=\"middle\">\(StudyPage.escaped(axes[axis]))</text>")
      let places = scales[axis].sorted { $0.value < $1.value }
      let shown = places.count <= 8 ? places : [places[0], places[places.count - 1]]
      for (text, y) in shown {
        let label = Double(text).map { StudyResults.short($0) } ?? text
        parts.append("<text x=\"\(x + 5)\" y=\"\(tenth(y) - 3)\">\(StudyPage.escaped(label))</text>")
      }
    }
    for line in lines.filter({ !$0.isBest }) + lines.filter(\.isBest) {
      let path = axes.indices.map { axis in
        "\(axis == 0 ? "M" : "L")\(tenth(across(axis))) \(tenth(scales[axis][line.values[axis]] ?? 0))"
      }
      parts.append(
        "<path class=\"curve\(line.isBest ? " best" : "")\" d=\"\(path.joined())\"><title>\(StudyPage.escaped(line.name))"
          + "</title></path>")
    }
    return "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" role=\"img\">\(parts.joined())</svg>"
  }
}

/// Numbers along a line of a drawing.
private struct Axis {
  private let low, high, from, to: Double
  private let isLog: Bool

  init(_ values: [Double], isLog: Bool, from: Double, to: Double) {
    (self.isLog, self.from, self.to) = (isLog, from, to)
    let (least, greatest) = (values.min() ?? 0, values.max() ?? 1)
    let room = isLog ? 0 : greatest > least ? 0 : max(1e-9, abs(least) * 0.1)
    (low, high) = (least - room, greatest > least || !isLog ? greatest + room : least * 1.1)
  }

  func place(_ value: Double) -> Double {
    let share = isLog ? log(value / low) / log(high / low) : (value - low) / (high - low)
    return from + (to - from) * share
  }

  /// Some numbers, and where they stand.
  var ticks: [(value: Double, place: Double)] {
    (0...4).map { index in
      let share = Double(index) / 4
      let value = isLog ? low * pow(high / low, share) : low + share * (high - low)
      return (value, tenth(from + (to - from) * share))
    }
  }
}

private func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }
