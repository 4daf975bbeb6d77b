/// What a page gets.
package struct ViewUpdate {
  package let state: String
  package let version: Int
  /// What changes rarely: settings, menus, samples; made only where a page lacks it.
  package let setup: () throws -> String
  package let setupVersion: Int
  /// How long the training thread was kept from its work.
  package let seconds: Double
}
