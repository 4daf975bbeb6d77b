internal import Dispatch
internal import NIOConcurrencyHelpers
package import NNKit
internal import NNKitPages
package import NNKitRuns

/// `nnkit view`: a training on a thread of its own, and the pages that watch and change it.
///
/// Pages ask for states; the training thread is asked twenty times a second at most, and never so often that making states
/// takes more than a small share of its time.
package final class ViewServer {
  private static let milliseconds: Int64 = 50
  /// So many times as long as a state took to make and to hand out, the training is left alone afterwards.
  private static let rest = 40.0

  private let server: PageServer
  private let mailbox: Mailbox
  private let desk: Desk
  private let searchPath: SearchPath
  private let threads: Int

  /// Begins to listen on this machine.
  ///
  /// - Parameters:
  ///   - name: What is trained.
  ///   - port: Where to listen; 0 for any free port.
  ///   - searchPath: Where plugins come from, also those that come later.
  ///   - threads: How many threads a pass may use.
  /// - Throws: `FileError` if the port cannot be had.
  package init(name: String, port: Int, searchPath: SearchPath, threads: Int) throws {
    let mailbox = Mailbox()
    let desk = Desk(mailbox)
    self.mailbox = mailbox
    self.desk = desk
    self.searchPath = searchPath
    self.threads = threads
    server = try PageServer(
      port: port,
      PageServer.Handlers(
        page: { Page(.view, title: "\(name), live", data: "{}").html(policy: $1, nonce: $2) },
        onMessage: { desk.receive($0, from: $1) }, onOpen: { _ in }))
  }

  /// Where the page is, its token included.
  package var address: String { server.address }

  /// Trains as pages command, until the process ends.
  ///
  /// - Parameters:
  ///   - experiment: What to train first.
  ///   - folder: Where configurations are saved.
  ///   - survey: Finds the plugins there are when their folders have changed.
  package func run<Scalar: NetworkScalar>(
    _ experiment: Experiment<Scalar>, folder: String, survey: @escaping () throws -> Plugins
  ) {
    let (desk, clients, mailbox) = (desk, server.clients, mailbox)
    server.every(milliseconds: Self.milliseconds) { desk.ask(for: clients.all) }
    let folders = NIOLockedValueBox(PluginFolders(searchPath))
    server.every(milliseconds: 1000) {
      if folders.withLockedValue({ $0.haveChanged() }) { mailbox.put { $0.commands.append(.plugins) } }
    }
    ViewSession(
      experiment, survey: survey, threads: threads, folder: folder, mailbox: mailbox,
      deliver: { update in desk.deliver(update, to: clients.all, rest: Self.rest) }
    ).run()
  }
}

/// Between pages and the training thread: takes wishes, hands states out.
private final class Desk: Sendable {
  private let mailbox: Mailbox
  private let next = NIOLockedValueBox(ContinuousClock.now)
  /// The number of the state that was handed out last.
  private let published = NIOLockedValueBox(0)

  init(_ mailbox: Mailbox) { self.mailbox = mailbox }

  /// A page's message: a command, that it can take the next state, or which neuron it shows.
  func receive(_ text: String, from client: SocketClient) {
    guard let message = try? ViewMessage(text) else {
      return client.refuse("this message is not one that nnkit's page sends")
    }
    client.wish.withLockedValue { wish in
      if message.ready == true { wish.isReady = true }
      if let selection = message.select {
        wish.selection = selection.isEmpty ? nil : Array(selection.prefix(3))
        wish.version = 0
      }
    }
    let commands = [
      message.act.map { ViewCommand.act($0) }, message.set.map { .set($0) }, message.weight.map { .weight($0) },
    ].compactMap(\.self)
    if !commands.isEmpty { mailbox.put { $0.commands += commands } }
  }

  /// Asks the training for a state if a page waits for one and it is time.
  func ask(for clients: [SocketClient]) {
    let wishes = clients.map { $0.wish.withLockedValue { $0 } }.filter(\.isReady)
    // A page that has nothing yet need not wait until the training has rested.
    let isNew = wishes.contains { $0.setupVersion == 0 }
    guard !wishes.isEmpty, isNew || ContinuousClock.now >= next.withLockedValue({ $0 }) else { return }
    // A page that was not ready when the last state was handed out lacks it, even if nothing has changed since.
    let last = published.withLockedValue { $0 }
    let isUrgent = wishes.contains { $0.version != last }
    let selections = wishes.compactMap(\.selection)
    mailbox.put { mail in
      mail.wantsState = true
      mail.isUrgent = mail.isUrgent || isUrgent
      mail.selections = selections
    }
  }

  /// Hands a state to every page that waits for one, with the setup where it has an old one.
  func deliver(_ update: ViewUpdate, to clients: [SocketClient], rest: Double) {
    let begun = ContinuousClock.now
    defer {
      let seconds = update.seconds + (ContinuousClock.now - begun) / .seconds(1)
      next.withLockedValue { $0 = .now + .seconds(rest * seconds) }
    }
    published.withLockedValue { $0 = update.version }
    var setup: String?
    for client in clients {
      let lacksSetup = client.wish.withLockedValue { wish -> Bool? in
        guard wish.isReady else { return nil }
        (wish.isReady, wish.version) = (false, update.version)
        defer { wish.setupVersion = update.setupVersion }
        return wish.setupVersion != update.setupVersion
      }
      guard let lacksSetup else { continue }
      if lacksSetup {
        setup = setup ?? (try? update.setup())
        if let setup { client.send(setup) }
      }
      client.send(update.state)
    }
  }
}
