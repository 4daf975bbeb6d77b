internal import CNNKit

extension PluginKind {
  /// L(a, y): `nnkit_loss`.
  public static let loss = PluginKind(name: "loss", plural: "losses", code: NNKIT_LOSS) {
    reader, address, information throws(PluginError) in try reader.loss(at: address, information)
  }
}

extension DescriptionReader {
  fileprivate func loss(at address: UnsafeRawPointer, _ information: FunctionInformation) throws(PluginError)
    -> LossFunction
  {
    let name = information.name
    let required = MemoryLayout<nnkit_loss>.offset(of: \.canonical_activation) ?? 0
    let raw = try structure(at: address, as: nnkit_loss(), required: required, name: "`\(name)`")
    guard let value = raw.value else { throw fault("`value` of `\(name)` is NULL") }
    guard let gradient = raw.gradient else { throw fault("`gradient` of `\(name)` is NULL") }
    guard raw.output_minimum <= raw.output_maximum, raw.target_minimum <= raw.target_maximum else {
      throw fault("`\(name)`: minimum <= maximum does not hold for outputs and targets")
    }
    let targets = raw.target_minimum...raw.target_maximum
    guard targets.contains(raw.target_off), targets.contains(raw.target_on), raw.target_off != raw.target_on else {
      throw fault("`\(name)`: target_off and target_on must differ and lie in the range of targets")
    }
    guard (raw.value_float == nil) == (raw.gradient_float == nil) else {
      throw fault("`\(name)` has one of value_float and gradient_float, expected both or none")
    }
    guard (raw.canonical_value_float == nil) == (raw.canonical_delta_float == nil) else {
      throw fault("`\(name)` has one of canonical_value_float and canonical_delta_float, expected both or none")
    }
    let gradientFormula = try text(raw.gradient_formula, "gradient_formula of `\(name)`")
    let canonicalFormula = try text(raw.canonical_formula, "canonical_formula of `\(name)`")
    guard let partner = try text(raw.canonical_activation, "canonical_activation of `\(name)`") else {
      guard raw.canonical_value == nil && raw.canonical_delta == nil else {
        throw fault("`\(name)` has canonical functions without a canonical_activation")
      }
      guard canonicalFormula == nil else {
        throw fault("`\(name)` has a canonical_formula without a canonical_activation")
      }
      return LossFunction(
        information: information, raw: raw, value: value, gradient: gradient, canonical: nil,
        gradientFormula: gradientFormula, canonicalFormula: nil)
    }
    guard let canonicalValue = raw.canonical_value, let canonicalDelta = raw.canonical_delta else {
      throw fault("canonical_value and canonical_delta of `\(name)` are NULL beside a canonical_activation")
    }
    return LossFunction(
      information: information, raw: raw, value: value, gradient: gradient,
      canonical: .init(activation: partner, value: canonicalValue, delta: canonicalDelta),
      gradientFormula: gradientFormula, canonicalFormula: canonicalFormula)
  }
}

extension LossFunction: PluginFunction {
  package static var kind: PluginKind { .loss }
  package var derivatives: [String] { [gradientFormula, canonicalFormula].compactMap(\.self) }

  package func details(at points: [Double]) throws -> FunctionDetails {
    let loss = try Loss(self)
    var facts = [
      ("outputs", rangeText(loss.outputRange)), ("targets", rangeText(loss.targetRange)),
      ("classes", "off \(significant(loss.targetOff)), on \(significant(loss.targetOn))"),
    ]
    if let partner = loss.canonicalActivation { facts.append(("canonical", "one formula with \(partner)")) }
    return FunctionDetails(facts: facts)
  }
}
