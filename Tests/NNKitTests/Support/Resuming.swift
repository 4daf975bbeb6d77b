import Foundation
import NNKit
import Testing

/// Expects a training that continues from any checkpoint of another one to end with that one's parameters, to the last bit.
///
/// `trainer` makes a trainer that has done nothing yet.
func expectSameBytesFromEachCheckpoint(
  _ data: Samples<Float>, _ trainer: () throws -> Trainer<Float>, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = try TemporaryFolder()
  let whole = try trainer()
  var checkpoints: [String] = []
  whole.onProgress = { [unowned whole] _ in
    let path = folder.file("\(checkpoints.count)").path
    try WholeFile.write(whole.checkpoint().encoded(), to: path)
    checkpoints.append(path)
  }
  try whole.train(on: data)
  #expect(checkpoints.count > 8, sourceLocation: sourceLocation)
  for path in checkpoints {
    let rest = try trainer()
    try rest.resume(from: Safetensors(contentsOf: path), path: path)
    try rest.train(on: data)
    #expect(parameters(of: rest.network) == parameters(of: whole.network), "\(path)", sourceLocation: sourceLocation)
  }
}
