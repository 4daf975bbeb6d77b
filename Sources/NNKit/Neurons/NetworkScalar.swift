public import RealModule

/// The numbers a network computes with: `Float` (fast, the default) or `Double` (exact: gradient checks, teaching).
///
/// Its underscored requirements are the inner loops, each a call of a C kernel: a generic loop in Swift is many times
/// slower when it is called from another module.
public protocol NetworkScalar: Real, BinaryFloatingPoint, Codable, LosslessStringConvertible, Sendable {
  /// `C = alpha · A · B + beta · C`; see `nnk_product` in CKernels.h.
  static func _product(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int,
    _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int)
  /// How threads share the product, and its parts; see `nnk_packing` in CKernels.h.
  static func _packing(
    _ m: Int, _ n: Int, _ k: Int, _ aRow: Int, _ aColumn: Int, _ bRow: Int, _ bColumn: Int, _ cRow: Int
  ) -> (rows: Int, columns: Int, numbers: Int, pieces: Int)
  static func _pack(
    _ n: Int, _ k: Int, _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int, _ first: Int, _ count: Int,
    _ packed: UnsafeMutablePointer<Self>)
  static func _packedProduct(
    _ m: Int, _ first: Int, _ columns: Int, _ n: Int, _ k: Int, _ alpha: Self, _ a: UnsafePointer<Self>, _ aRow: Int,
    _ aColumn: Int, _ packed: UnsafePointer<Self>, _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int)
  /// The same by a backend; false if it has no products of this precision, or reports a failure.
  static func _product(
    by backend: MatrixBackend, _ m: Int, _ n: Int, _ k: Int, _ alpha: Self,
    _ a: UnsafePointer<Self>, _ aRow: Int, _ aColumn: Int,
    _ b: UnsafePointer<Self>, _ bRow: Int, _ bColumn: Int,
    _ beta: Self, _ c: UnsafeMutablePointer<Self>, _ cRow: Int
  ) -> Bool
  static func _sum(_ values: UnsafePointer<Self>, _ count: Int) -> Self
  /// sums[r] = Σ of row r.
  static func _sumRows(_ matrix: UnsafePointer<Self>, _ rows: Int, _ columns: Int, _ sums: UnsafeMutablePointer<Self>)
  /// Every number of row r becomes values[r].
  static func _fillRows(
    _ matrix: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ values: UnsafePointer<Self>)
  /// Messages and moved weights of one sample in one sweep; see `nnk_sweep` in CKernels.h.
  static func _sweep(
    _ weights: UnsafeMutablePointer<Self>, _ row: Int, _ neurons: Int, _ delta: UnsafePointer<Self>, _ keep: Self,
    _ factor: Self, _ x: UnsafePointer<Self>, _ fanIn: Int, _ messages: UnsafeMutablePointer<Self>?)
  static func _fill(_ values: UnsafeMutablePointer<Self>, _ count: Int, _ value: Self)
  /// (x − offset) · factor for each x of a row, or the way back.
  static func _scale(
    _ values: UnsafeMutablePointer<Self>, _ rows: Int, _ columns: Int, _ offset: [Double], _ factor: [Double],
    undo: Bool)
  /// Copies rows in a given order; of bytes, scaled as by `_scale`.
  static func _gather(
    _ rows: UnsafePointer<Self>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int,
    _ copy: UnsafeMutablePointer<Self>)
  static func _gather(
    _ rows: UnsafePointer<UInt8>, _ order: UnsafePointer<Int>, _ count: Int, _ columns: Int, _ offset: [Double],
    _ factor: [Double], _ copy: UnsafeMutablePointer<Self>)
  static func _firstNonFinite(_ values: UnsafePointer<Self>, _ count: Int) -> Int
  static func _transpose(
    _ input: UnsafePointer<Self>, _ rows: Int, _ columns: Int, _ output: UnsafeMutablePointer<Self>, _ outputRow: Int)
  static func _addTransposed(
    _ input: UnsafePointer<Self>, _ rows: Int, _ columns: Int, _ inputRow: Int, _ output: UnsafeMutablePointer<Self>)
  /// One step of an optimizer over `count` weights, with the two numbers that it may keep for each between steps.
  static func _step(
    _ kernels: StepKernels, _ gradients: UnsafePointer<Self>, _ first: UnsafeMutablePointer<Self>?,
    _ second: UnsafeMutablePointer<Self>?, _ weights: UnsafeMutablePointer<Self>, _ count: Int)
  static func _evaluate(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Self>,
    _ a: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _backward(
    _ function: ActivationFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Self>,
    _ a: UnsafePointer<Self>, _ received: UnsafePointer<Self>, _ delta: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _lossValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Self>,
    _ y: UnsafePointer<Self>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32
  static func _lossGradient(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ a: UnsafePointer<Self>,
    _ y: UnsafePointer<Self>, _ received: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _canonicalValue(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Self>,
    _ y: UnsafePointer<Self>, _ values: UnsafeMutablePointer<Double>
  ) -> Int32
  static func _canonicalDelta(
    _ function: LossFunction, _ p: UnsafePointer<Double>?, _ block: Block, _ z: UnsafePointer<Self>,
    _ a: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ delta: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _combine(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Self>,
    _ b: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ z: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _accumulate(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Self>,
    _ b: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ z: UnsafePointer<Self>, _ delta: UnsafePointer<Self>,
    _ dw: UnsafeMutablePointer<Self>, _ db: UnsafeMutablePointer<Self>
  ) -> Int32
  static func _send(
    _ function: NeuronFunction, _ p: UnsafePointer<Double>?, _ rows: Rows, _ w: UnsafePointer<Self>,
    _ b: UnsafePointer<Self>, _ x: UnsafePointer<Self>, _ z: UnsafePointer<Self>, _ delta: UnsafePointer<Self>,
    _ messages: UnsafeMutablePointer<Self>
  ) -> Int32
  /// The name of this precision in a configuration: `float32` or `float64`.
  static var precisionName: String { get }
}
