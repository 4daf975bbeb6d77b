internal import CKernels

/// A matrix that lies anywhere: its element (i, j) is `base[i * row + j * column]`.
public struct StridedMatrix<Scalar> {
  package var base: UnsafePointer<Scalar>
  package var row: Int
  package var column: Int

  @inline(__always)
  package init(_ base: UnsafePointer<Scalar>, row: Int, column: Int) {
    (self.base, self.row, self.column) = (base, row, column)
  }
}

/// C = alpha · A · B + beta · C, a general matrix multiplication (GEMM).
///
/// A is m × k, B is k × n; the rows of C, m × n, are `cRow` apart. With `beta` = 0 C is not read.
public struct GEMM<Scalar> {
  package var m: Int
  package var n: Int
  package var k: Int
  package var alpha: Scalar
  package var a: StridedMatrix<Scalar>
  package var b: StridedMatrix<Scalar>
  package var beta: Scalar
  package var c: UnsafeMutablePointer<Scalar>
  package var cRow: Int

  @inline(__always)
  package init(
    _ m: Int, _ n: Int, _ k: Int, alpha: Scalar, _ a: StridedMatrix<Scalar>, _ b: StridedMatrix<Scalar>, beta: Scalar,
    _ c: UnsafeMutablePointer<Scalar>, cRow: Int
  ) {
    (self.m, self.n, self.k, self.alpha, self.a, self.b) = (m, n, k, alpha, a, b)
    (self.beta, self.c, self.cRow) = (beta, c, cRow)
  }
}

/// How threads share a multiplication; see `nnk_packing` in CKernels.h.
package struct Packing {
  let rows: Int
  let columns: Int
  let numbers: Int
  let pieces: Int

  @inline(__always)
  fileprivate init(_ raw: nnk_packing) {
    (rows, columns, numbers, pieces) = (raw.rows, raw.columns, raw.numbers, raw.pieces)
  }
}

/// Neurons whose input is one sample send their messages and update their weights in one sweep; see `nnk_sweep` in
/// CKernels.h.
package struct Sweep<Scalar> {
  let weights: UnsafeMutablePointer<Scalar>
  let row: Int
  let neurons: Int
  let delta: UnsafePointer<Scalar>
  let keep: Scalar
  let factor: Scalar
  let x: UnsafePointer<Scalar>
  let fanIn: Int
  let messages: UnsafeMutablePointer<Scalar>?
}

/// The windows of neurons at neighbouring positions, as a matrix of taps × columns that is stored nowhere; see
/// `nnk_windows` in CKernels.h.
struct WindowRows<Scalar> {
  var image: UnsafePointer<Scalar>
  let at: [Int]
  var runs: Int
  var run: Int
  let step: Int
  let zStep: Int
}

/// The loops over arrays of one precision, each a function of CKernels; CKernels.h says what it does.
///
/// A generic loop in Swift is many times slower when it is called from another module.
public struct Kernels<Scalar> {
  package typealias Numbers = UnsafePointer<Scalar>
  package typealias Places = UnsafeMutablePointer<Scalar>

  /// C = alpha · A · B + beta · C.
  let multiply: (GEMM<Scalar>) -> Void
  /// How threads share it, and its parts.
  let packing: (GEMM<Scalar>) -> Packing
  let pack: (_ gemm: GEMM<Scalar>, _ first: Int, _ count: Int, _ packed: Places) -> Void
  let multiplyPacked: (_ gemm: GEMM<Scalar>, _ first: Int, _ columns: Int, _ packed: Numbers) -> Void
  /// Z = W·X + b, sums += Δ·Xᵀ and messages += Wᵀ·Δ, with X the windows.
  let combineWindows:
    (
      _ windows: WindowRows<Scalar>, _ neurons: Int, _ weights: Numbers, _ row: Int, _ biases: Numbers, _ z: Places,
      _ zRow: Int
    ) -> Void
  let accumulateWindows:
    (
      _ windows: WindowRows<Scalar>, _ neurons: Int, _ delta: Numbers, _ deltaRow: Int, _ sums: Places, _ row: Int
    ) -> Void
  let sendWindows:
    (
      _ windows: WindowRows<Scalar>, _ channels: Int, _ channel: Int, _ neurons: Int, _ weights: Numbers,
      _ delta: Numbers, _ deltaRow: Int, _ messages: Places
    ) -> Void
  /// X with the numbers of a column side by side, and messages that lie so, added to those that lie like the image.
  let turnWindows: (_ windows: WindowRows<Scalar>, _ turned: Places, _ row: Int) -> Void
  let addTurnedWindows: (_ windows: WindowRows<Scalar>, _ turned: Numbers, _ row: Int, _ messages: Places) -> Void
  /// sums[r] = Σ of row r.
  let sumRows: (_ matrix: Numbers, _ rows: Int, _ columns: Int, _ sums: Places) -> Void
  /// sum += Σ of some numbers.
  let addSum: (_ values: Numbers, _ count: Int, _ sum: Places) -> Void
  /// Every number of row r becomes values[r].
  let fillRows: (_ matrix: Places, _ rows: Int, _ columns: Int, _ values: Numbers) -> Void
  let sweep: (Sweep<Scalar>) -> Void
  /// Drops some of the outputs of rows.
  let drop: (_ dropout: nnk_dropout, _ rows: Int, _ from: Numbers, _ to: Places) -> Void
  let fill: (_ values: Places, _ count: Int, _ value: Scalar) -> Void
  /// sums[i] += values[i].
  let add: (_ values: Numbers, _ count: Int, _ sums: Places) -> Void
  /// (x − offset) · factor for each x of a row, or with `undo` the way back.
  let scale:
    (_ values: Places, _ rows: Int, _ columns: Int, _ offset: [Double], _ factor: [Double], _ undo: Bool) -> Void
  /// Copies rows in a given order; of bytes, scaled as by `scale`.
  let gather: (_ rows: Numbers, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int, _ copy: Places) -> Void
  let gatherBytes:
    (
      _ rows: UnsafePointer<UInt8>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int, _ offset: [Double],
      _ factor: [Double], _ copy: Places
    ) -> Void
  package let firstNonFinite: (_ values: Numbers, _ count: Int) -> Int
  let transpose: (_ input: Numbers, _ rows: Int, _ columns: Int, _ output: Places, _ outputRow: Int) -> Void
  let addTransposed:
    (
      _ input: Numbers, _ rows: Int, _ columns: Int, _ inputRow: Int, _ output: Places, _ overwrites: Bool
    ) -> Void
}

// The two tables. They are constants that the compiler sees through: a call in code for one precision is a call of the C
// function.

extension Float {
  /// The loops for this precision.
  @inline(__always)
  public static var _kernels: Kernels<Float> {
    Kernels(
      multiply: { withUnsafePointer(to: nnk_gemm_f32($0), nnk_multiply_f32) },
      packing: { Packing(withUnsafePointer(to: nnk_gemm_f32($0), nnk_packing_f32)) },
      pack: { gemm, first, count, packed in
        withUnsafePointer(to: nnk_gemm_f32(gemm)) { nnk_pack_f32($0, first, count, packed) }
      },
      multiplyPacked: { gemm, first, columns, packed in
        withUnsafePointer(to: nnk_gemm_f32(gemm)) { nnk_multiply_packed_f32($0, first, columns, packed) }
      },
      combineWindows: { windows, neurons, weights, row, biases, z, zRow in
        windows.raw { nnk_combine_windows_f32($0, neurons, weights, row, biases, z, zRow) }
      },
      accumulateWindows: { windows, neurons, delta, deltaRow, sums, row in
        windows.raw { nnk_accumulate_windows_f32($0, neurons, delta, deltaRow, sums, row) }
      },
      sendWindows: { windows, channels, channel, neurons, weights, delta, deltaRow, messages in
        windows.raw { nnk_send_windows_f32($0, channels, channel, neurons, weights, delta, deltaRow, messages) }
      },
      turnWindows: { windows, turned, row in windows.raw { nnk_turn_windows_f32($0, turned, row) } },
      addTurnedWindows: { windows, turned, row, messages in
        windows.raw { nnk_add_turned_windows_f32($0, turned, row, messages) }
      },
      sumRows: nnk_sum_rows_f32, addSum: nnk_add_sum_f32, fillRows: nnk_fill_rows_f32,
      sweep: { withUnsafePointer(to: nnk_sweep_f32($0), nnk_sweep_rows_f32) },
      drop: { dropout, rows, from, to in withUnsafePointer(to: dropout) { nnk_drop_f32($0, rows, from, to) } },
      fill: nnk_fill_f32, add: nnk_add_f32,
      scale: { values, rows, columns, offset, factor, undo in
        nnk_scale_f32(values, rows, columns, offset, factor, undo ? 1 : 0)
      },
      gather: nnk_gather_f32,
      gatherBytes: { rows, order, count, columns, offset, factor, copy in
        nnk_gather_bytes_f32(rows, order, count, columns, offset, factor, copy)
      },
      firstNonFinite: nnk_first_non_finite_f32, transpose: nnk_transpose_f32,
      addTransposed: { input, rows, columns, inputRow, output, overwrites in
        nnk_add_transposed_f32(input, rows, columns, inputRow, output, overwrites ? 1 : 0)
      })
  }
}

extension nnk_gemm_f32 {
  @inline(__always)
  fileprivate init(_ gemm: GEMM<Float>) {
    self.init(
      m: gemm.m, n: gemm.n, k: gemm.k, alpha: gemm.alpha, a: gemm.a.base, a_row: gemm.a.row, a_column: gemm.a.column,
      b: gemm.b.base, b_row: gemm.b.row, b_column: gemm.b.column, beta: gemm.beta, c: gemm.c, c_row: gemm.cRow)
  }
}

extension WindowRows<Float> {
  @inline(__always)
  fileprivate func raw(_ body: (UnsafePointer<nnk_windows_f32>) -> Void) {
    at.withUnsafeBufferPointer { at in
      withUnsafePointer(
        to: nnk_windows_f32(
          image: image, taps: at.count, at: at.baseAddress, runs: runs, run: run, step: step, z_step: zStep), body)
    }
  }
}

extension nnk_sweep_f32 {
  @inline(__always)
  fileprivate init(_ sweep: Sweep<Float>) {
    self.init(
      weights: sweep.weights, row: sweep.row, neurons: sweep.neurons, delta: sweep.delta, keep: sweep.keep,
      factor: sweep.factor, x: sweep.x, fan_in: sweep.fanIn, messages: sweep.messages)
  }
}

extension Double {
  /// The loops for this precision.
  @inline(__always)
  public static var _kernels: Kernels<Double> {
    Kernels(
      multiply: { withUnsafePointer(to: nnk_gemm_f64($0), nnk_multiply_f64) },
      packing: { Packing(withUnsafePointer(to: nnk_gemm_f64($0), nnk_packing_f64)) },
      pack: { gemm, first, count, packed in
        withUnsafePointer(to: nnk_gemm_f64(gemm)) { nnk_pack_f64($0, first, count, packed) }
      },
      multiplyPacked: { gemm, first, columns, packed in
        withUnsafePointer(to: nnk_gemm_f64(gemm)) { nnk_multiply_packed_f64($0, first, columns, packed) }
      },
      combineWindows: { windows, neurons, weights, row, biases, z, zRow in
        windows.raw { nnk_combine_windows_f64($0, neurons, weights, row, biases, z, zRow) }
      },
      accumulateWindows: { windows, neurons, delta, deltaRow, sums, row in
        windows.raw { nnk_accumulate_windows_f64($0, neurons, delta, deltaRow, sums, row) }
      },
      sendWindows: { windows, channels, channel, neurons, weights, delta, deltaRow, messages in
        windows.raw { nnk_send_windows_f64($0, channels, channel, neurons, weights, delta, deltaRow, messages) }
      },
      turnWindows: { windows, turned, row in windows.raw { nnk_turn_windows_f64($0, turned, row) } },
      addTurnedWindows: { windows, turned, row, messages in
        windows.raw { nnk_add_turned_windows_f64($0, turned, row, messages) }
      },
      sumRows: nnk_sum_rows_f64, addSum: nnk_add_sum_f64, fillRows: nnk_fill_rows_f64,
      sweep: { withUnsafePointer(to: nnk_sweep_f64($0), nnk_sweep_rows_f64) },
      drop: { dropout, rows, from, to in withUnsafePointer(to: dropout) { nnk_drop_f64($0, rows, from, to) } },
      fill: nnk_fill_f64, add: nnk_add_f64,
      scale: { values, rows, columns, offset, factor, undo in
        nnk_scale_f64(values, rows, columns, offset, factor, undo ? 1 : 0)
      },
      gather: nnk_gather_f64,
      gatherBytes: { rows, order, count, columns, offset, factor, copy in
        nnk_gather_bytes_f64(rows, order, count, columns, offset, factor, copy)
      },
      firstNonFinite: nnk_first_non_finite_f64, transpose: nnk_transpose_f64,
      addTransposed: { input, rows, columns, inputRow, output, overwrites in
        nnk_add_transposed_f64(input, rows, columns, inputRow, output, overwrites ? 1 : 0)
      })
  }
}

extension nnk_gemm_f64 {
  @inline(__always)
  fileprivate init(_ gemm: GEMM<Double>) {
    self.init(
      m: gemm.m, n: gemm.n, k: gemm.k, alpha: gemm.alpha, a: gemm.a.base, a_row: gemm.a.row, a_column: gemm.a.column,
      b: gemm.b.base, b_row: gemm.b.row, b_column: gemm.b.column, beta: gemm.beta, c: gemm.c, c_row: gemm.cRow)
  }
}

extension WindowRows<Double> {
  @inline(__always)
  fileprivate func raw(_ body: (UnsafePointer<nnk_windows_f64>) -> Void) {
    at.withUnsafeBufferPointer { at in
      withUnsafePointer(
        to: nnk_windows_f64(
          image: image, taps: at.count, at: at.baseAddress, runs: runs, run: run, step: step, z_step: zStep), body)
    }
  }
}

extension nnk_sweep_f64 {
  @inline(__always)
  fileprivate init(_ sweep: Sweep<Double>) {
    self.init(
      weights: sweep.weights, row: sweep.row, neurons: sweep.neurons, delta: sweep.delta, keep: sweep.keep,
      factor: sweep.factor, x: sweep.x, fan_in: sweep.fanIn, messages: sweep.messages)
  }
}
