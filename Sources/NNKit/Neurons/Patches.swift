// What a sliding window is, in numbers: which input of a layer is input `tap` of its neurons at each position. The layer
// gathers each neuron's inputs, and scatters the messages that they send; neurons see fan-in × columns as in any other layer.

/// Memory that a layer with a window or with joined sources keeps from pass to pass.
struct PatchRoom<Scalar: NetworkScalar> {
  /// The windows at all positions, (groups · fan-in) × (positions · samples), and whether they are those of the last pass.
  var patches: Matrix<Scalar>?
  var areCurrent = false
  /// What neurons that send themselves sent, of the same shape.
  var messages: Matrix<Scalar>?
  /// Inputs × samples, where a layer's inputs do not come so: of the network's first layer, and of joined sources.
  var inputs: Matrix<Scalar>?
  /// Gradients of each chunk of positions.
  var sums: Matrix<Scalar>?
  /// ∂L/∂x of joined inputs, of the same shape.
  var inputMessages: Matrix<Scalar>?

  /// `matrix`, or a new one in its place where it has other rows, with so many columns.
  static func sized(_ matrix: inout Matrix<Scalar>?, rows: Int, columns: Int) -> Matrix<Scalar> {
    let found = matrix?.rows == rows ? matrix : nil
    let result = found ?? Matrix(rows: rows, columns: columns)
    result.resize(columns: columns)
    matrix = result
    return result
  }
}

extension LayerStorage {
  /// What the layer's neurons hear: what arrives, or every neuron's window at every position, side by side.
  func neuronInputs() -> Inputs<Scalar> {
    guard case .slidingWindow(let window) = wiring else { return inputs }
    let (rows, columns) = (window.groups * window.fanIn, inputs.columns * window.positions.count)
    let patches = PatchRoom.sized(&self.patches.patches, rows: rows, columns: columns)
    if !self.patches.areCurrent {
      gatherPatches(
        window, 0..<rows, 0..<window.positions.count, samples: inputs.columns, from: inputs.base, to: patches.base,
        row: columns)
      self.patches.areCurrent = true
    }
    heard = Inputs(outputs: patches)
    return heard
  }

  /// The part of what the layer's neurons hear that is for neuron `index`: the windows in the channels of its group.
  func own(_ inputs: Inputs<Scalar>, of index: Int) -> Inputs<Scalar> {
    wiring.groups == 1 ? inputs : inputs.inputs(taps(of: index))
  }

  func own(_ messages: Messages<Scalar>, of index: Int) -> Messages<Scalar> {
    wiring.groups == 1 ? messages : messages.inputs(taps(of: index))
  }

  /// The inputs of neuron `index` where it does not hear all that `heard` has.
  @usableFromInline func ownInputs(of index: Int) -> Inputs<Scalar> {
    // Several threads may ask; the first time it is the layer that does.
    if let all = currentTurnedWindows { return own(all, of: index) }
    if patches.areCurrent, let all = patches.patches { return own(Inputs(outputs: all), of: index) }
    return own(neuronInputs(), of: index)
  }

  private func taps(of index: Int) -> Range<Int> {
    guard case .slidingWindow(let window) = wiring else { return 0..<inputs.count }
    let group = index / (weights.rows / window.groups)
    return group * window.fanIn..<(group + 1) * window.fanIn
  }

  /// Has `body` send the messages of neurons, and adds what was said about each number of each window to what is said about
  /// the number itself.
  func scattering(
    _ messages: Messages<Scalar>?, _ body: (Messages<Scalar>?) throws -> Void
  ) rethrows {
    guard let messages, case .slidingWindow(let window) = wiring else { return try body(messages) }
    let (rows, columns) = (window.groups * window.fanIn, messages.columns * window.positions.count)
    let sums = PatchRoom.sized(&patches.messages, rows: rows, columns: columns)
    sums.reset()
    try body(Messages(addingTo: sums))
    scatterPatches(
      window, 0..<rows, 0..<window.positions.count, samples: messages.columns, from: sums.base, row: columns,
      to: messages.base)
  }

  /// Inputs with those of one column apart, and the columns side by side, as a window reads them.
  func upright(_ inputs: Inputs<Scalar>) -> Inputs<Scalar> {
    if inputs.columnStride == 1 && inputs.inputStride == inputs.columns { return inputs }
    let upright = PatchRoom.sized(&patches.inputs, rows: inputs.count, columns: inputs.columns)
    if inputs.inputStride == 1 && inputs.columnStride == inputs.count {
      Scalar._kernels.transpose(inputs.base, inputs.columns, inputs.count, upright.base, inputs.columns)
    } else {
      for input in 0..<inputs.count {
        for column in 0..<inputs.columns { upright.base[input * inputs.columns + column] = inputs[input, column] }
      }
    }
    return Inputs(outputs: upright)
  }
}

/// patches[t, p · samples + s] = x[source of tap t at position p, s], 0 in the padding.
///
/// - Parameters:
///   - window: The window.
///   - taps: Which of the channels' windows' places, channel · kernel + place.
///   - positions: Which positions; the first has column 0 of the patches.
///   - samples: How many samples there are.
///   - x: Inputs × samples.
///   - patches: Taps × (positions · samples).
///   - row: From one row of the patches to the next.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func gatherPatches<Scalar: NetworkScalar>(
  _ window: SlidingWindow, _ taps: Range<Int>, _ positions: Range<Int>, samples: Int, from x: UnsafePointer<Scalar>,
  to patches: UnsafeMutablePointer<Scalar>, row: Int
) {
  window.forEachRun(taps, positions, samples: samples) { run in
    let to = patches + run.tap * row + run.column
    guard let source = run.source else { return to.update(repeating: 0, count: run.count * samples) }
    if run.step == samples { return to.update(from: x + source, count: run.count * samples) }
    for index in 0..<run.count {
      let (to, from) = (to + index * samples, x + source + index * run.step)
      for sample in 0..<samples { to[sample] = from[sample] }
    }
  }
}

/// messages[source of tap t at position p, s] += sums[t, p · samples + s].
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
func scatterPatches<Scalar: NetworkScalar>(
  _ window: SlidingWindow, _ taps: Range<Int>, _ positions: Range<Int>, samples: Int,
  from sums: UnsafePointer<Scalar>, row: Int, to messages: UnsafeMutablePointer<Scalar>
) {
  window.forEachRun(taps, positions, samples: samples) { run in
    guard let source = run.source else { return }
    let from = sums + run.tap * row + run.column
    if run.step == samples {
      let to = messages + source
      for index in 0..<run.count &* samples { to[index] += from[index] }
      return
    }
    for index in 0..<run.count {
      let (from, to) = (from + index * samples, messages + source + index * run.step)
      for sample in 0..<samples { to[sample] += from[sample] }
    }
  }
}

/// Neighbouring positions of one output row at which a tap is in the image, or in the padding.
struct WindowRun {
  /// Counted from the first tap asked for.
  let tap: Int
  /// The first column, counted from the first position asked for.
  let column: Int
  /// How many positions.
  let count: Int
  /// Where the numbers of the first position begin among inputs × samples; nil in the padding.
  let source: Int?
  /// From there to those of the next position.
  let step: Int
}

extension SlidingWindow {
  @inline(__always)
  func forEachRun(_ taps: Range<Int>, _ range: Range<Int>, samples: Int, _ body: (WindowRun) -> Void) {
    let (area, wide) = (image.count, positions.width)
    let (firstRow, lastRow) = (range.lowerBound / wide, (range.upperBound - 1) / wide)
    for tap in taps {
      let (channel, place) = (tap / kernel.count, tap % kernel.count)
      let above = place / kernel.width * dilation.height - padding.top
      let before = place % kernel.width * dilation.width - padding.left
      // The columns of positions at which this tap is in the image.
      let inside = Self.inside(image.width, from: before, stride: stride.width, of: wide)
      for row in firstRow...lastRow {
        let first = max(range.lowerBound - row * wide, 0)
        let end = min(range.upperBound - row * wide, wide)
        let (y, column) = (row * stride.height + above, row * wide - range.lowerBound)
        func give(_ from: Int, _ to: Int, isInside: Bool) {
          if from >= to { return }
          let source = channel * area + y * image.width + from * stride.width + before
          body(
            WindowRun(
              tap: tap - taps.lowerBound, column: (column + from) * samples, count: to - from,
              source: isInside ? source * samples : nil, step: stride.width * samples))
        }
        guard 0..<image.height ~= y else {
          give(first, end, isInside: false)
          continue
        }
        let (from, to) = (min(max(inside.lowerBound, first), end), max(min(inside.upperBound, end), first))
        give(first, from, isInside: false)
        give(from, to, isInside: true)
        give(max(from, to), end, isInside: false)
      }
    }
  }

  /// The numbers n below `count` for which start + n · stride is a place of `width`.
  static func inside(_ width: Int, from start: Int, stride: Int, of count: Int) -> Range<Int> {
    let first = start >= 0 ? 0 : (stride - 1 - start) / stride
    let end = start >= width ? 0 : (width - 1 - start) / stride + 1
    let from = min(first, count)
    return from..<max(from, min(end, count))
  }
}
