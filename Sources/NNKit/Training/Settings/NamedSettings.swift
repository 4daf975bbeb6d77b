/// Writes and reads what is selected by name as its name and its settings: {"name": "adam", "learning_rate": 0.01, …}.
enum NamedSettings {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  static func encode<Value: NamedConfigurable>(_ value: Value, to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Value.name, forKey: Key(stringValue: "name"))
    for setting in Value.settings {
      let key = Key(stringValue: setting.name)
      switch setting.value(in: value) {
      case .number(let number): try container.encode(number, forKey: key)
      case .count(let count): try container.encode(count, forKey: key)
      case .flag(let flag): try container.encode(flag, forKey: key)
      case .word(let word): try container.encode(word, forKey: key)
      case nil: break
      }
    }
  }

  /// Reads a value of one of `types`.
  ///
  /// It throws `DecodingError` if the name is not one of theirs, `NetworkError` if a setting is out of its range.
  static func decode(
    from decoder: any Decoder, among types: [any NamedConfigurable.Type]
  ) throws -> any NamedConfigurable {
    let container = try decoder.container(keyedBy: Key.self)
    let key = Key(stringValue: "name")
    let name = try container.decode(String.self, forKey: key)
    guard let type = types.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: container,
        debugDescription: "found \(name), expected one of \(types.map { $0.name }.joined(separator: ", "))")
    }
    return try decode(type, from: container)
  }

  private static func decode<Value: NamedConfigurable>(
    _ type: Value.Type, from container: KeyedDecodingContainer<Key>
  ) throws -> any NamedConfigurable {
    var value = Value()
    for setting in Value.settings {
      let key = Key(stringValue: setting.name)
      guard container.contains(key) else { continue }
      let found: SettingValue =
        switch setting.values {
        case .numbers: .number(try container.decode(Double.self, forKey: key))
        case .counts: .count(try container.decode(Int.self, forKey: key))
        case .flags: .flag(try container.decode(Bool.self, forKey: key))
        case .words: .word(try container.decode(String.self, forKey: key))
        }
      try setting.set(found, in: &value)
    }
    return value
  }
}
