import Foundation
import NNKitRuns
import Testing

@Suite("What pages ask of a training")
struct MailboxTests {
  @Test("what is put in is taken once, in its order")
  func order() {
    let mailbox = Mailbox()
    #expect(mailbox.isEmpty)
    mailbox.put { $0.commands.append(.act(.run)) }
    mailbox.put { $0.commands.append(.act(.pause)) }
    #expect(!mailbox.isEmpty)
    let acts = mailbox.take().commands.compactMap { command -> ViewCommand.Act? in
      if case .act(let act) = command { act } else { nil }
    }
    #expect(acts == [.run, .pause])
    #expect(mailbox.isEmpty && mailbox.take().commands.isEmpty)
  }

  @Test("more commands than fit are left out, and the first stay")
  func limit() {
    let mailbox = Mailbox()
    for _ in 0..<100 { mailbox.put { $0.commands.append(.act(.batch)) } }
    #expect(mailbox.take().commands.count == 64)
  }

  @Test("that the page is closed stays known")
  func closed() {
    let mailbox = Mailbox()
    mailbox.put { $0.isClosed = true }
    #expect(mailbox.take().isClosed)
    #expect(mailbox.take().isClosed)
  }

  @Test("waiting ends when something is put in, and after its time", .timeLimit(.minutes(1)))
  func waiting() {
    let mailbox = Mailbox()
    mailbox.wait(seconds: 0.01)
    // No task: all the threads that tasks run on may be waiting for something.
    Thread.detachNewThread { mailbox.put { $0.wantsState = true } }
    while mailbox.isEmpty { mailbox.wait(seconds: 10) }
    #expect(mailbox.take().wantsState)
  }

  @Test("a message is read by its keys, and anything else is an error")
  func messages() throws {
    #expect(try ViewMessage(#"{"act": "epoch"}"#).act == .epoch)
    let set = try #require(try ViewMessage(#"{"set": {"learning_rate": 0.5, "layers": []}}"#).set)
    #expect(set.learningRate == 0.5 && set.layers == [] && set.batch == nil)
    #expect(try ViewMessage(#"{"weight": {"layer": 0, "neuron": 1, "value": -2}}"#).weight?.index == nil)
    for text in ["", "[]", #"{"act": "explode"}"#, #"{"set": {"batch": "many"}}"#, #"{"weight": {"layer": 0}}"#] {
      #expect(throws: DecodingError.self) { try ViewMessage(text) }
    }
  }
}
