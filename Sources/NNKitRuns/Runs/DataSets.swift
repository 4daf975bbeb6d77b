package import NNKit

/// The samples of a run, scaled and with targets as the network is to answer them.
package struct DataSets<Scalar: NetworkScalar> {
  package let train: Samples<Scalar>
  /// How many training samples there are on all ranks.
  package let trainCount: Int
  /// Where ranks may have training samples of their own: what follows from those of all.
  let trainChecksum: UInt32?
  /// The same for classes: which occur in any rank's training samples.
  let trainClasses: Set<Int>?
  /// The training samples without those that augmentation has added.
  package let unexpandedTrain: Samples<Scalar>
  package let validation: Samples<Scalar>?
  package let test: Samples<Scalar>?
  /// The training samples as they were read, before validation samples were held out; only where they were asked for.
  package let trainAsRead: Samples<Scalar>
  /// What all of them have in common.
  package let description: DataDescription
  /// What was decided about the data, a line each.
  package let notes: [String]

  package var targetKind: TargetKind { description.targetKind }
  package var classes: [String]? { description.classes }
  package var targetNames: [String]? { description.targetNames }
  package var inputScaling: Scaling? { description.inputScaling }
  package var targetScaling: Scaling? { description.targetScaling }
  package var featureNames: [String]? { description.featureNames }
  package var imageShape: ImageShape? { description.imageShape }

  /// The samples that a network is judged by: the test samples; without them validation or training samples.
  package var measured: (name: String, samples: Samples<Scalar>) {
    test.map { ("test", $0) } ?? validation.map { ("validation", $0) } ?? ("train", unexpandedTrain)
  }
}

/// What the samples of all sets have in common.
package struct DataDescription: Equatable, Sendable {
  /// What the targets are.
  package let targetKind: TargetKind
  package let classes: [String]?
  /// What files have in place of the classes' names, if that is something else.
  package let classLabels: [String]?
  /// How much the loss of a sample counts by its class, if not all count alike.
  package let classWeights: [Double]?
  /// The columns of the table that the inputs come from, where these are not its numbers as they are.
  package let columns: [TableColumn]?
  /// What the targets are called, where the source has names: one for each output, or one for a column of classes.
  package let targetNames: [String]?
  package let featureNames: [String]?
  package let inputScaling: Scaling?
  package let targetScaling: Scaling?
  /// How a sample's inputs are a picture, if they are.
  package let imageShape: ImageShape?
}

/// The samples that a trained network is judged by, scaled and with targets as the network is to answer them.
package struct MeasuredData<Scalar: NetworkScalar> {
  /// The samples, and which they are: `test`, `validation` or `train`.
  package let measured: (name: String, samples: Samples<Scalar>)
  package let description: DataDescription

  package var targetKind: TargetKind { description.targetKind }
  package var classes: [String]? { description.classes }
  package var targetNames: [String]? { description.targetNames }
  package var inputScaling: Scaling? { description.inputScaling }
  package var targetScaling: Scaling? { description.targetScaling }
  package var featureNames: [String]? { description.featureNames }
  package var imageShape: ImageShape? { description.imageShape }
}
