internal import Synchronization

/// A network on its way from one task to another.
///
/// A network belongs to one task at a time; the compiler sees that the one that hands it over has no more of it.
///
///     let handover = try await Task {
///       let network = try makeNetwork()
///       try network.train(on: samples, loss: loss, settings: settings)
///       return NetworkHandover(network)
///     }.value
///     let network = try handover.take()
public final class NetworkHandover<Scalar: NetworkScalar>: Sendable {
  private let network: Mutex<Network<Scalar>?>

  /// Takes the network.
  public init(_ network: sending Network<Scalar>) { self.network = Mutex(network) }

  /// The network, for the first who asks.
  ///
  /// - Throws: `NetworkError` if it was taken before.
  public func take() throws -> sending Network<Scalar> {
    let taken = network.withLock { network -> sending Network<Scalar>? in
      let taken = network
      network = nil
      return taken
    }
    guard let taken else { throw NetworkError("the network was taken already; a handover gives it to one task") }
    return taken
  }
}
