internal import NNKit

extension ConfigurationReader {
  /// Reads what is selected by its name, with its settings: `adam`, or `{name: adam, learning_rate: 0.01}`.
  func selected(
    _ node: ConfigurationNode, among types: [any NamedConfigurable.Type], also common: [String] = []
  ) throws -> any NamedConfigurable {
    let (name, keys) = try named(node, types.map { (name: $0.name, keys: $0.settingNames) }, also: common)
    guard let type = types.first(where: { $0.name == name }) else { throw node.expected("one of the names") }
    return try selected(type, node, keys)
  }

  private func selected<Value: NamedConfigurable>(
    _ type: Value.Type, _ node: ConfigurationNode, _ keys: ConfigurationMapping?
  ) throws -> any NamedConfigurable {
    try settings(of: Value(), node, keys)
  }

  /// Reads a mapping that has settings alone.
  func settings<Value: Configurable>(of value: Value, in node: ConfigurationNode) throws -> Value {
    try settings(of: value, node, node.mapping(Value.settingNames))
  }

  func settings<Value: Configurable>(
    of value: Value, _ node: ConfigurationNode, _ keys: ConfigurationMapping?
  ) throws -> Value {
    var value = value
    for setting in Value.settings {
      if let found = keys?[setting.name] {
        try setting.set(try found.value(setting.values), in: &value)
      } else if setting.isRequired {
        guard let keys else { throw node.expected("a mapping with `\(setting.name)`") }
        _ = try keys.required(setting.name)
      }
    }
    if let conflict = value.conflict {
      // At the first of the keys that it names.
      let named = Value.settings.filter { conflict.contains("`\($0.name)`") }.compactMap { keys?[$0.name] }.first
      throw (named ?? node).error(conflict)
    }
    return value
  }
}

extension Configurable {
  static var settingNames: [String] { settings.map(\.name) }
}

extension ConfigurationNode {
  /// A setting's value.
  fileprivate func value(_ values: SettingValues) throws -> SettingValue {
    switch values {
    case .numbers(let range):
      let value = try double(-.infinity ... .infinity, range.words)
      guard range.contains(value) else { throw expected(range.words) }
      return .number(value)
    case .counts(let range): return .count(try int(range))
    case .flags: return .flag(try bool())
    case .words(let words): return .word(try name(among: words))
    }
  }
}
