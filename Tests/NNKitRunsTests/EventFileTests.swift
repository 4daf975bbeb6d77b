import NNKitRuns
import Testing

/// TensorBoard's files, byte by byte.
@Suite struct EventFileTests {
  @Test("a record has its length, its message and both checksums, as TensorFlow's own writer has them")
  func record() {
    // What TensorBoard's EventFileWriter writes for Event(wall_time=1, file_version="brain.Event:2").
    let known: [UInt8] = [
      24, 0, 0, 0, 0, 0, 0, 0, 163, 127, 75, 34, 9, 0, 0, 0, 0, 0, 0, 240, 63, 26, 13, 98, 114, 97, 105, 110, 46, 69,
      118,
      101, 110, 116, 58, 50,
    ]
    let bytes = EventFile.beginning(wallTime: 1, graph: [])
    #expect(Array(bytes.prefix(known.count)) == known)
  }

  @Test("of a file that breaks off, or goes beyond a step, the sound records before are kept")
  func records() {
    func record(_ step: Int) -> [UInt8] { EventFile.record(step: step, wallTime: 2, [("loss", .scalar(0.5))]) }
    let beginning = EventFile.beginning(wallTime: 1, graph: [.init(name: "inputs", operation: "x", inputs: [])])
    let whole = beginning + record(1) + record(2) + record(3)
    #expect(EventFile.records(in: whole, upTo: 3) == whole)
    #expect(EventFile.records(in: whole, upTo: 1) == beginning + record(1))
    #expect(EventFile.records(in: Array(whole.dropLast(5)), upTo: 9) == beginning + record(1) + record(2))
    var damaged = whole
    damaged[beginning.count + 20] ^= 1
    #expect(EventFile.records(in: damaged, upTo: 9) == beginning)
    #expect(EventFile.records(in: [UInt8](repeating: 255, count: 40), upTo: 9) == [])
  }
}
