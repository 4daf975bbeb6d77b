/// What a run asks of its training, whether the network has its size from the start or grows.
package protocol NetworkTraining<Scalar>: AnyObject {
  associatedtype Scalar: NetworkScalar
  /// The network as it is now.
  var network: Network<Scalar> { get }
  /// Why loss and last activation are not used as a canonical pair, although their names match.
  var note: String? { get }
  /// What connects the ranks that train together; nil where this process trains alone.
  var exchange: RankExchange<Scalar>? { get }
  /// Where the training stands.
  var progress: TrainingProgress { get }
  /// With early stopping: the best epoch so far, from 1.
  var bestEpoch: Int? { get }
  var isOver: Bool { get }
  var isStoppedEarly: Bool { get }
  var stopReason: TrainingStop.Reason? { get }
  /// The seconds that earlier processes spent on it.
  var secondsBefore: Double { get set }
  /// Called at each point where a checkpoint is possible.
  var onProgress: ((TrainingProgress) throws -> Void)? { get set }

  @discardableResult
  func train(
    on samples: Samples<Scalar>, validation: Samples<Scalar>?, test: Samples<Scalar>?,
    onEpoch: (EpochReport) throws -> EpochDecision, onBatch: ((BatchProgress) throws -> Void)?
  ) throws -> [EpochReport]
  /// With early stopping, gives the network the weights of the best epoch.
  func conclude()
  func forgetStop()
  func checkpoint() throws -> Safetensors
  func resume(from file: Safetensors, path: String, afterEpochs epochs: Int?) throws
}
