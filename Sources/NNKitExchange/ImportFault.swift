/// What keeps a part of another tool's model from being read; the reader adds file and place.
struct ImportFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
