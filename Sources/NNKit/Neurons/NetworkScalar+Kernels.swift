internal import CKernels
public import RealModule

extension Float: NetworkScalar {
  public static let precisionName = "float32"

  public static func _product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Float>, _ bRow: Int, _ bColumn: Int, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cRow: Int
  ) {
    nnk_product_f32(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow)
  }

  public static func _packing(
    _ m: Int, _ n: Int, _ k: Int, _ aRow: Int, _ aColumn: Int, _ bRow: Int, _ bColumn: Int, _ cRow: Int
  ) -> (rows: Int, columns: Int, numbers: Int, pieces: Int) {
    let packing = nnk_packing_f32(m, n, k, aRow, aColumn, bRow, bColumn, cRow)
    return (packing.rows, packing.columns, packing.numbers, packing.pieces)
  }

  public static func _pack(
    _ n: Int, _ k: Int, _ b: UnsafePointer<Float>, _ bRow: Int, _ bColumn: Int, _ first: Int, _ count: Int,
    _ packed: UnsafeMutablePointer<Float>
  ) {
    nnk_pack_f32(n, k, b, bRow, bColumn, first, count, packed)
  }

  public static func _packedProduct(
    _ m: Int, _ first: Int, _ columns: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ aRow: Int,
    _ aColumn: Int, _ packed: UnsafePointer<Float>, _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cRow: Int
  ) {
    nnk_packed_product_f32(m, first, columns, n, k, alpha, a, aRow, aColumn, packed, beta, c, cRow)
  }

  public static func _product(
    by backend: MatrixBackend, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ aRow: Int,
    _ aColumn: Int, _ b: UnsafePointer<Float>, _ bRow: Int, _ bColumn: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>,
    _ cRow: Int
  ) -> Bool {
    backend.raw.product_float?(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) == 0
  }

  public static func _sum(_ values: UnsafePointer<Float>, _ count: Int) -> Float { nnk_sum_f32(values, count) }

  public static func _sumRows(
    _ matrix: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ sums: UnsafeMutablePointer<Float>
  ) {
    nnk_sum_rows_f32(matrix, rows, columns, sums)
  }

  public static func _fillRows(
    _ matrix: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ values: UnsafePointer<Float>
  ) {
    nnk_fill_rows_f32(matrix, rows, columns, values)
  }

  public static func _sweep(
    _ weights: UnsafeMutablePointer<Float>, _ row: Int, _ neurons: Int, _ delta: UnsafePointer<Float>, _ keep: Float,
    _ factor: Float, _ x: UnsafePointer<Float>, _ fanIn: Int, _ messages: UnsafeMutablePointer<Float>?
  ) {
    nnk_sweep_f32(weights, row, neurons, delta, keep, factor, x, fanIn, messages)
  }

  public static func _fill(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ value: Float) {
    nnk_fill_f32(values, count, value)
  }

  public static func _scale(
    _ values: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ offset: [Double], _ factor: [Double],
    undo: Bool
  ) {
    nnk_scale_f32(values, rows, columns, offset, factor, undo ? 1 : 0)
  }

  public static func _gather(
    _ rows: UnsafePointer<Float>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int,
    _ copy: UnsafeMutablePointer<Float>
  ) {
    nnk_gather_f32(rows, order, count, columns, copy)
  }

  public static func _gather(
    _ rows: UnsafePointer<UInt8>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int, _ offset: [Double],
    _ factor: [Double], _ copy: UnsafeMutablePointer<Float>
  ) {
    nnk_gather_bytes_f32(rows, order, count, columns, offset, factor, copy)
  }

  public static func _firstNonFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Int {
    nnk_first_non_finite_f32(values, count)
  }

  public static func _transpose(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>,
    _ outputRow: Int
  ) {
    nnk_transpose_f32(input, rows, columns, output, outputRow)
  }

  public static func _addTransposed(
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ inputRow: Int, _ output: UnsafeMutablePointer<Float>
  ) {
    nnk_add_transposed_f32(input, rows, columns, inputRow, output)
  }

  public static func _step(
    _ kernels: StepKernels, _ g: UnsafePointer<Float>, _ first: UnsafeMutablePointer<Float>?,
    _ second: UnsafeMutablePointer<Float>?, _ w: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    kernels.float(kernels.numbers, g, first, second, w, count)
  }
}

extension Double: NetworkScalar {
  public static let precisionName = "float64"

  public static func _product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Double>, _ bRow: Int, _ bColumn: Int, _ beta: Double, _ c: UnsafeMutablePointer<Double>,
    _ cRow: Int
  ) {
    nnk_product_f64(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow)
  }

  public static func _packing(
    _ m: Int, _ n: Int, _ k: Int, _ aRow: Int, _ aColumn: Int, _ bRow: Int, _ bColumn: Int, _ cRow: Int
  ) -> (rows: Int, columns: Int, numbers: Int, pieces: Int) {
    let packing = nnk_packing_f64(m, n, k, aRow, aColumn, bRow, bColumn, cRow)
    return (packing.rows, packing.columns, packing.numbers, packing.pieces)
  }

  public static func _pack(
    _ n: Int, _ k: Int, _ b: UnsafePointer<Double>, _ bRow: Int, _ bColumn: Int, _ first: Int, _ count: Int,
    _ packed: UnsafeMutablePointer<Double>
  ) {
    nnk_pack_f64(n, k, b, bRow, bColumn, first, count, packed)
  }

  public static func _packedProduct(
    _ m: Int, _ first: Int, _ columns: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>,
    _ aRow: Int,
    _ aColumn: Int, _ packed: UnsafePointer<Double>, _ beta: Double, _ c: UnsafeMutablePointer<Double>, _ cRow: Int
  ) {
    nnk_packed_product_f64(m, first, columns, n, k, alpha, a, aRow, aColumn, packed, beta, c, cRow)
  }

  public static func _product(
    by backend: MatrixBackend, _ m: Int, _ n: Int, _ k: Int, _ alpha: Double, _ a: UnsafePointer<Double>, _ aRow: Int,
    _ aColumn: Int, _ b: UnsafePointer<Double>, _ bRow: Int, _ bColumn: Int, _ beta: Double,
    _ c: UnsafeMutablePointer<Double>,
    _ cRow: Int
  ) -> Bool {
    backend.raw.product?(m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) == 0
  }

  public static func _sum(_ values: UnsafePointer<Double>, _ count: Int) -> Double { nnk_sum_f64(values, count) }

  public static func _sumRows(
    _ matrix: UnsafePointer<Double>, _ rows: Int, _ columns: Int, _ sums: UnsafeMutablePointer<Double>
  ) {
    nnk_sum_rows_f64(matrix, rows, columns, sums)
  }

  public static func _fillRows(
    _ matrix: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, _ values: UnsafePointer<Double>
  ) {
    nnk_fill_rows_f64(matrix, rows, columns, values)
  }

  public static func _sweep(
    _ weights: UnsafeMutablePointer<Double>, _ row: Int, _ neurons: Int, _ delta: UnsafePointer<Double>, _ keep: Double,
    _ factor: Double, _ x: UnsafePointer<Double>, _ fanIn: Int, _ messages: UnsafeMutablePointer<Double>?
  ) {
    nnk_sweep_f64(weights, row, neurons, delta, keep, factor, x, fanIn, messages)
  }

  public static func _fill(_ values: UnsafeMutablePointer<Double>, _ count: Int, _ value: Double) {
    nnk_fill_f64(values, count, value)
  }

  public static func _scale(
    _ values: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, _ offset: [Double], _ factor: [Double],
    undo: Bool
  ) {
    nnk_scale_f64(values, rows, columns, offset, factor, undo ? 1 : 0)
  }

  public static func _gather(
    _ rows: UnsafePointer<Double>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int,
    _ copy: UnsafeMutablePointer<Double>
  ) {
    nnk_gather_f64(rows, order, count, columns, copy)
  }

  public static func _gather(
    _ rows: UnsafePointer<UInt8>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int, _ offset: [Double],
    _ factor: [Double], _ copy: UnsafeMutablePointer<Double>
  ) {
    nnk_gather_bytes_f64(rows, order, count, columns, offset, factor, copy)
  }

  public static func _firstNonFinite(_ values: UnsafePointer<Double>, _ count: Int) -> Int {
    nnk_first_non_finite_f64(values, count)
  }

  public static func _transpose(
    _ input: UnsafePointer<Double>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Double>,
    _ outputRow: Int
  ) {
    nnk_transpose_f64(input, rows, columns, output, outputRow)
  }

  public static func _addTransposed(
    _ input: UnsafePointer<Double>, _ rows: Int, _ columns: Int, _ inputRow: Int, _ output: UnsafeMutablePointer<Double>
  ) {
    nnk_add_transposed_f64(input, rows, columns, inputRow, output)
  }

  public static func _step(
    _ kernels: StepKernels, _ g: UnsafePointer<Double>, _ first: UnsafeMutablePointer<Double>?,
    _ second: UnsafeMutablePointer<Double>?, _ w: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    kernels.double(kernels.numbers, g, first, second, w, count)
  }
}
