import NNKit
import RealModule

/// Classes of points in the plane, in the manner of scikit-learn's make_moons, make_circles and make_blobs.
enum PlaneShape {
  case moons, circles, spirals, blobs

  /// A point of class `index`, `share` (0...1) of the way along its curve, without noise.
  ///
  /// - Parameters:
  ///   - index: The class, from 0.
  ///   - classes: How many classes there are.
  ///   - share: How far along its curve the point lies.
  /// - Returns: Its coordinates.
  func point(_ index: Int, of classes: Int, at share: Double) -> (x: Double, y: Double) {
    switch self {
    case .moons:
      let angle = .pi * share
      return index == 0 ? (.cos(angle), .sin(angle)) : (1 - .cos(angle), 0.5 - .sin(angle))
    case .circles:
      let (radius, angle) = (index == 0 ? 1.0 : 0.5, 2 * .pi * share)
      return (radius * .cos(angle), radius * .sin(angle))
    case .spirals:
      // One and a half turns outwards, each class turned against the others.
      let angle = 3 * .pi * share + 2 * .pi * Double(index) / Double(classes)
      return (share * .cos(angle), share * .sin(angle))
    case .blobs:
      let angle = 2 * .pi * Double(index) / Double(classes)
      return (4 * .cos(angle), 4 * .sin(angle))
    }
  }

  /// How far points scatter around theirs where `noise` is 0: blobs are made of nothing else.
  var scatter: Double { self == .blobs ? 1 : 0 }
}

extension GeneratorSource {
  /// Points in the plane whose classes take turns; 200 unless `samples` says otherwise.
  func plane(_ shape: PlaneShape, classes: Int, _ random: inout RandomSource) -> RawSamples {
    let count = samples ?? 200
    let matrix = Matrix<Double>(rows: count, columns: 2)
    let deviation = (shape.scatter * shape.scatter + noise * noise).squareRoot()
    for sample in 0..<count {
      let point = shape.point(sample % classes, of: classes, at: random.uniform())
      matrix[sample, 0] = point.x + deviation * random.normal()
      matrix[sample, 1] = point.y + deviation * random.normal()
    }
    let labels = (0..<count).map { $0 % classes }
    return RawSamples(inputs: RawInputs(matrix), targets: .labels(labels, classes: (0..<classes).map(String.init)))
  }

  /// The sine of a number in -π...π, with noise on the sine; 200 samples unless `samples` says otherwise.
  func sine(_ random: inout RandomSource) -> RawSamples {
    let count = samples ?? 200
    let (inputs, targets) = (Matrix<Double>(rows: count, columns: 1), Matrix<Double>(rows: count, columns: 1))
    for sample in 0..<count {
      let x = .pi * (2 * random.uniform() - 1)
      inputs[sample, 0] = x
      targets[sample, 0] = .sin(x) + noise * random.normal()
    }
    return RawSamples(inputs: RawInputs(inputs), targets: .values(targets))
  }
}
