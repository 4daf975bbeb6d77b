internal import NNKit

/// Where a configuration's keys stand, for one that stands in another place.
enum KeyPlaces {
  private static let places = others.merging(ofParts) { key, _ in key }

  /// Keys of the parts of a training, and these themselves.
  private static var ofParts: [String: String] {
    var places: [String: String] = [:]
    for part in TrainingSettings.parts {
      places[part.name] = "training"
      for name in type(of: part.start).settingNames { places[name] = "training.\(part.name)" }
    }
    return places
  }

  private static let others: [String: String] = [
    "epochs": "training", "batch": "training", "shuffle": "training", "optimizer": "training",
    "schedule": "training", "early_stopping": "training", "checkpoint": "training",
    "learning_rate": "training.optimizer", "momentum": "training.optimizer",
    "nesterov": "training.optimizer", "weight_decay": "training.optimizer", "metric": "training.early_stopping",
    "patience": "training.early_stopping",
    "warmup": "training.schedule", "layers": "network", "from": "network", "inputs": "network",
    "neurons": "network.layers", "neuron": "network.layers", "activation": "network.layers",
    "initializer": "network.layers", "frozen": "network.layers", "train": "data", "test": "data", "validation": "data",
    "scale": "data", "csv": "data.train", "idx": "data.train", "inline": "data.train", "generator": "data.train",
    "path": "data.train.csv", "header": "data.train.csv", "target": "data.train.csv", "exclude": "data.train.csv",
    "separator": "data.train.csv",
  ]
  private static let top = ["name", "seed", "precision", "engine", "backend", "threads", "loss", "report"]

  /// Says where a key belongs that is not known where it was found; empty if it is not known anywhere.
  static func hint(_ key: String) -> String {
    let names = places.keys + top
    guard let name = nearestNames(to: key, in: names.sorted()).first else { return "" }
    guard let place = places[name] else { return "; `\(name)` stands at the top of the configuration" }
    return "; `\(name)` belongs in `\(place)`"
  }
}
