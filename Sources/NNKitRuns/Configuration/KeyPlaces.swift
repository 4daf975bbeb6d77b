internal import NNKit

/// Where a configuration's keys stand, for one that stands in another place.
enum KeyPlaces {
  private static let places = others.merging(ofParts) { key, _ in key }

  /// The settings of a training and of its parts, and these parts themselves; of a name that several have, the first.
  private static var ofParts: [String: String] {
    let parts = TrainingSettings.parts.map { ($0.name, type(of: $0.start).settingNames) }
    let named = [
      ("early_stopping", EarlyStopping.settingNames), ("optimizer", Optimizers.all.flatMap { $0.settingNames }),
      ("schedule", Schedule.settingNames + Schedule.shapes.flatMap { $0.settingNames }),
    ]
    let augment = Augmentation.settingNames.map { ($0, "data.augment") }
    let places = (parts + named).flatMap { part, names in
      [(part, "training")] + names.map { ($0, "training.\(part)") }
    }
    let all = TrainingSettings.settingNames.map { ($0, "training") } + places + augment
    return Dictionary(all) { first, _ in first }
  }

  private static let others: [String: String] = [
    "checkpoint": "training", "cascade": "training", "steepnesses": "training.cascade",
    "activations": "training.cascade", "weight_multiplier": "training.cascade", "candidate": "training.cascade",
    "output": "training.cascade", "least_epochs": "training.cascade.output",
    "stagnation": "training.cascade.output",
    "layers": "network", "from": "network", "inputs": "network",
    "image": "network", "kernel": "network.layers", "stride": "network.layers", "padding": "network.layers",
    "dilation": "network.layers", "groups": "network.layers", "pool": "network.layers", "dropout": "network.layers",
    "sources": "network.layers", "join": "network.layers", "connections": "network.layers",
    "neurons": "network.layers", "neuron": "network.layers", "activation": "network.layers",
    "initializer": "network.layers", "frozen": "network.layers", "train": "data", "test": "data", "validation": "data",
    "scale": "data", "csv": "data.train", "idx": "data.train", "inline": "data.train", "generator": "data.train",
    "npy": "data.train",
    "npz": "data.train", "fann": "data.train",
    "path": "data.train.csv", "header": "data.train.csv", "target": "data.train.csv", "exclude": "data.train.csv",
    "separator": "data.train.csv", "columns": "data.train.csv", "missing": "data.train.csv",
    "missing_marks": "data.train.csv", "unseen": "data.train.csv", "sample_weight": "data.train.csv",
    "class_weights": "data", "augment": "data", "fold": "data", "train_samples": "data",
  ]
  private static let top = ["name", "seed", "precision", "engine", "backend", "threads", "loss", "report", "sweep"]

  /// Says where a key belongs that is not known where it was found; empty if it is not known anywhere.
  static func hint(_ key: String) -> String {
    let names = places.keys + top
    guard let name = nearestNames(to: key, in: names.sorted()).first else { return "" }
    guard let place = places[name] else { return "; `\(name)` stands at the top of the configuration" }
    return "; `\(name)` belongs in `\(place)`"
  }
}
