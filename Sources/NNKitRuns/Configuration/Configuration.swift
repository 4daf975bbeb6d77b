package import NNKit

/// What a run is to do: a configuration file, read and checked, every default filled in.
package struct Configuration: Equatable {
  package var name: String
  package var seed: UInt64 = 0
  package var precision: Precision = .float32
  package var engine: Engine = .auto
  /// The matrix backend; nil for `auto`.
  package var backend: FunctionConfiguration?
  /// What connects the processes that train together; nil where one trains alone.
  package var communicator: CommunicatorConfiguration?
  /// Nil where the configuration says nothing: as many as there are processors.
  package var threads: Int?
  package var data: DataConfiguration
  package var network: NetworkConfiguration
  package var loss: FunctionConfiguration
  package var training: TrainingConfiguration
  /// Whether a run leaves a report.
  package var report = true
  /// Whether it leaves a file for TensorBoard.
  package var tensorBoard = false
  /// What a sweep tries; a single run takes no part of it.
  package var sweep: SweepConfiguration?
}

/// The numbers a network computes with.
package enum Precision: String, CaseIterable {
  case float32, float64
}

/// A place in a configuration, for errors that are found after reading it.
///
/// All places are equal: they say where a value stands, not what it is.
package struct Place: Equatable, Sendable {
  package let description: String
  package static func == (left: Place, right: Place) -> Bool { true }

  /// Runs `body`; its errors get this place.
  package func placing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ConfigurationError {
      throw error.place == nil ? ConfigurationError(description, error.message) : error
    } catch {
      throw ConfigurationError(description, "\(error)")
    }
  }
}

/// A plugin's function as a configuration names it.
package struct FunctionConfiguration: Equatable {
  package var name: String
  package var parameters: [String: Double] = [:]
  /// Of the name.
  package var place: Place
  var parameterPlaces: [String: Place] = [:]

  /// Runs `body`; its errors get the place of the parameter that they are about, or that of the name.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    try place.placing {
      do {
        return try body()
      } catch let error as ParameterError {
        throw ConfigurationError((parameterPlaces[error.parameter] ?? place).description, error.description)
      }
    }
  }
}

/// What connects the processes that train together.
package struct CommunicatorConfiguration: Equatable {
  package var name: String
  /// For how many seconds a rank waits for the others.
  package var timeLimit = 60.0
  /// Whether ranks that are all on one machine make their steps through memory that they share.
  package var sharesMemory = true
  package var place: Place

  package init(name: String, place: Place) { (self.name, self.place) = (name, place) }
}

package struct DataConfiguration: Equatable {
  package struct Source: Equatable {
    package var source: DataSource
    package var place: Place
  }

  package enum Validation: Equatable {
    /// A share of the training samples.
    case heldOut(Double)
    case source(Source)
  }

  /// How inputs are scaled.
  package enum InputScale: Equatable {
    case all(ScaleMethod)
    /// Column by column; those of which nothing is said are not scaled.
    case columns(ColumnRules<ScaleMethod>)

    package var method: ScaleMethod? { if case .all(let method) = self { method } else { nil } }
  }

  /// How much a sample's loss counts by its class.
  package struct ClassWeights: Equatable {
    package enum Choice: Equatable {
      /// Each class as much as any other: n / (k · n_c), with n samples, k classes and n_c samples of the class.
      case balanced
      /// Those of which nothing is said: 1.
      case named([String: Double])
    }
    package var choice: Choice
    package var place: Place
  }

  /// One of several parts of the training samples that is held out for validation.
  package struct Fold: Equatable {
    /// From 1.
    package var number: Int
    package var count: Int
    /// Whether each fold has its share of each class.
    package var isStratified: Bool
    package var place: Place

    package init(number: Int, count: Int, isStratified: Bool, place: Place) {
      (self.number, self.count, self.isStratified, self.place) = (number, count, isStratified, place)
    }
  }

  /// How many of the training samples are trained on.
  package struct SampleCount: Equatable {
    package var count: Int
    package var place: Place
  }

  /// How training samples that are images are changed.
  package struct Augment: Equatable {
    package var settings: Augmentation
    package var place: Place
  }

  package var train: Source
  package var augment: Augment?
  package var fold: Fold?
  package var trainSamples: SampleCount?
  /// Where the configuration says that each rank reads training files of its own; nil where all read all.
  package var shardingPlace: Place?
  package var classWeights: ClassWeights?
  package var test: Source?
  package var validation: Validation?
  /// Nil where the configuration says nothing: none, or that of the model a network starts from.
  package var inputScale: InputScale?
  package var targetScale: ScaleMethod?
  /// Whether one method is given for all: then it may go for targets too.
  package var sharesScale = false
  /// Of `validation` and of `scale`, or its targets, where they are given.
  package var validationPlace, scalePlace: Place?
  package var place: Place
}

package struct NetworkConfiguration: Equatable {
  package var inputs: Int?
  /// The shape of a sample, where it is an image: channels, height and width.
  package var image: SampleShape?
  package var layers: [LayerConfiguration] = []
  /// Absolute path of the model it starts from; with layers, these take the place of the model's last one.
  package var from: String?
  /// Of `from`, `image` and `inputs`, where they are given.
  package var fromPlace, imagePlace, inputsPlace: Place?
  package var place: Place
}

/// A sample, or what a layer makes of it, as images: so many channels of one size.
package struct SampleShape: Equatable, Sendable, CustomStringConvertible {
  package var channels: Int
  package var size: ImageSize

  package init(channels: Int, size: ImageSize) { (self.channels, self.size) = (channels, size) }

  package var count: Int { channels * size.count }
  package var description: String { "\(channels) × \(size)" }
}

/// The window of a layer, as a configuration gives it: what arrives is not known yet.
package struct WindowConfiguration: Equatable {
  package enum Kernel: Equatable {
    /// The whole image.
    case all
    case size(ImageSize)
  }

  package enum PaddingChoice: Equatable {
    case same
    case sides(Padding)
  }

  package var kernel: Kernel
  /// Nil for 1, in a pooling layer for the kernel's size.
  package var stride: ImageSize?
  package var padding = PaddingChoice.sides(0)
  package var dilation: ImageSize = 1
  package var groups = 1
}

package struct LayerConfiguration: Equatable {
  /// 0 in a pooling layer: a neuron for each channel that arrives.
  package var neurons: Int
  /// One for all neurons, or one each.
  package var activations: [FunctionConfiguration]
  /// How the neurons combine, one kind for all or one each; nil where the configuration says nothing: weighted sums.
  package var kinds: [FunctionConfiguration]?
  package var initializer: Initializer?
  package var weights: [[Double]]?
  package var biases: [Double]?
  package var frozen: FrozenParameters = []
  /// Nil where each neuron has all inputs, once.
  package var window: WindowConfiguration?
  /// Whether it pools: `kinds` then has one kind, and there is a neuron for each channel.
  package var isPool = false
  package var dropout = 0.0
  package var sources = Sources.previous
  package var connections: Connections?
  /// Of some of its keys, where they are given.
  package var weightsPlace, windowPlace, sourcesPlace: Place?
  package var place: Place
}

@dynamicMemberLookup
package struct TrainingConfiguration: Equatable {
  /// Keys that were left to their defaults; those do not make a configuration another one.
  package struct LeftOut: Equatable {
    package var keys: [String]
    package static func == (left: LeftOut, right: LeftOut) -> Bool { true }
  }

  /// Its seed is the configuration's, see `settings(seed:)`.
  package var settings = TrainingSettings(epochs: 10, batch: 10, optimizer: .sgd())
  package var checkpoint = CheckpointRule.automatic
  /// How the network grows, if it does.
  package var cascade: CascadeConfiguration?
  package var leftOut = LeftOut(keys: ["epochs", "batch", "optimizer", "learning_rate"])
  /// Of the figures that early stopping and the schedule watch, where they are given.
  package var stoppingPlace, schedulePlace: Place?

  /// - Throws: `ConfigurationError` where a figure is watched that there will not be.
  func checkWatched(validation: Bool?, areClasses: Bool) throws {
    var (stopping, scheduling) = (settings, settings)
    (stopping.schedule, scheduling.earlyStopping) = (Schedule(), nil)
    for (place, settings) in [(stoppingPlace, stopping), (schedulePlace, scheduling)] {
      guard let place else {
        try settings.checkWatched(validation: validation, areClasses: areClasses)
        continue
      }
      try place.placing { try settings.checkWatched(validation: validation, areClasses: areClasses) }
    }
  }

  package subscript<Value>(dynamicMember place: WritableKeyPath<TrainingSettings, Value>) -> Value {
    get { settings[keyPath: place] }
    set { settings[keyPath: place] = newValue }
  }

  package func settings(seed: UInt64) -> TrainingSettings {
    var settings = settings
    settings.seed = seed
    return settings
  }
}
