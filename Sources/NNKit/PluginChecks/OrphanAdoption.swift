internal import CKernels

/// Who becomes the parent of processes whose own has ended.
package enum OrphanAdoption {
  /// From now on it is this process, of all that are started below it.
  package static func begin() { nnk_adopt_orphans(1) }
  /// From now on it is again whoever it was before.
  package static func end() { nnk_adopt_orphans(0) }
}
