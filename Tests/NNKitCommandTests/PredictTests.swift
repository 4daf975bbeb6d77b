import Foundation
import NNKit
import Testing

/// `nnkit predict`: an answer for each sample, or a failure.
@Suite struct PredictTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Trains a network for a moment.
  private func train(
    _ csv: String? = nil, target: String = "label", header: Bool = true, outputs: Int = 2,
    activation: String = "softmax", loss: String = "cross_entropy", epochs: Int = 20
  ) throws -> String {
    let source =
      try csv.map { text in
        try folder.write(text, to: "train.csv")
        return "{csv: {path: train.csv, target: \(target), header: \(header)}}"
      } ?? "{generator: {name: xor}}"
    let config = try folder.write(
      """
      data: {train: \(source)}
      network: {layers: [{neurons: 4, activation: tanh}, {neurons: \(outputs), activation: \(activation)}]}
      loss: \(loss)
      report: false
      training: {epochs: \(epochs), batch: 4, optimizer: {name: adam, learning_rate: 0.05}}
      """, to: "config.yaml")
    let run = try Command("run", config, "--quiet", "--output", folder.path("run"))
    try #require(run.code == 0, "\(run.errors)")
    return folder.path("run")
  }

  private func predict(_ run: String, _ input: String, _ options: String...) throws -> Command {
    try Command(["predict", run, "--input", "-"] + options, input: input)
  }

  private func lines(_ command: Command) throws -> [JSON] {
    try command.output.split(separator: "\n").map { try JSON(String($0)) }
  }

  @Test("a first line of numbers is a header where the run's own data have one")
  func numbersAsNames() throws {
    let run = try train("0,1,label\n1,2,cold\n5,6,warm\n1.2,2.1,cold\n5.3,6.7,warm\n")
    let answers = try lines(predict(run, "0,1\n1,2\n5,6.5\n"))
    #expect(answers.map { $0["class"].text } == ["cold", "warm"])
    try predict(run, "7,8\n1,2\n").expectFailure(["standard input:1", "`0`", "--no-header"])
    #expect(try lines(predict(run, "1,2\n5,6.5\n", "--no-header")).map { $0["class"].text } == ["cold", "warm"])
  }

  @Test("a file without a header keeps its first row, whatever words it has, where the run's own data have none")
  func noHeader() throws {
    let rows = "1,2,cold\n5,6,warm\n1.2,2.1,cold\n5.3,6.7,warm\n"
    let run = try train(rows, target: "2", header: false)
    #expect(try lines(predict(run, rows)).count == 4)
    #expect(try lines(predict(run, "1,2\n5,6\n")).count == 2)
    try predict(run, "x,2\n5,6\n").expectFailure(["standard input:1:1", "`x`", "--header"])
    try predict(run, "1,2,3,4\n").expectFailure(["found 4 columns", "2 inputs"])
  }

  @Test(
    "columns and keys are matched with the model's inputs by name, in any order, and nothing else is taken for them")
  func names() throws {
    let run = try train("width,height,label\n1,9,tall\n9,1,wide\n2,8,tall\n8,2,wide\n")
    let expected = try lines(predict(run, "width,height\n2,8\n")).map { $0["outputs"].numbers }
    for input in ["height,note,width\n8,?,2\n", "{\"height\": 8, \"width\": 2, \"note\": \"?\"}\n", "[2, 8]\n"] {
      #expect(try lines(predict(run, input)).map { $0["outputs"].numbers } == expected, "\(input)")
    }
    try predict(run, "Width,height\n2,8\n").expectFailure(["`width`", "did you mean `Width`?"])
    try predict(run, "height,width,width\n2,8,8\n").expectFailure(["both called `width`"])
    try predict(run, "{\"heigth\": 2, \"width\": 8}\n").expectFailure(["standard input:1:1", "did you mean `heigth`?"])
    try predict(run, "{\"height\": \"2\", \"width\": 8}\n").expectFailure(["standard input:1:1", "expected a list"])
  }

  @Test(
    "an empty line is an error with its line in a file of one column and in JSON lines, after the answers before it")
  func emptyLines() throws {
    let run = try train(
      "x,y\n0,1\n1,3\n2,5\n", target: "y", outputs: 1, activation: "identity", loss: "mean_squared_error")
    for input in ["x\n1\n\n3\n", "x\n1\n \t\n", "x\r\n1\r\n\r\n3\r\n", "[1]\n\n[3]\n"] {
      let command = try predict(run, input)
      command.expectFailure([input.hasPrefix("x") ? "standard input:3:1" : "standard input:2:1", "empty line"])
      #expect(try lines(command).count == 1)
    }
    #expect(try lines(predict(run, "x\n1\n2")).count == 2)
  }

  @Test("a prediction that is not finite is an error with its line, in the line's place, and the others are answered")
  func notFinite() throws {
    let run = try train(
      "x,y\n0,1\n1,3\n2,5\n", target: "y", outputs: 1, activation: "identity", loss: "mean_squared_error")
    let command = try predict(run, "x\n1\n1e300\n2\n")
    command.expectFailure(["standard input:3:1", "not finite", "1 of 3"])
    let answers = try lines(command)
    #expect(answers.count == 3 && answers[1]["error"].text != nil)
    #expect(answers[0]["outputs"].numbers.count == 1 && answers[2]["outputs"].numbers.count == 1)
  }

  @Test("a row that is not a sample ends the answers with its line, after those before it", arguments: [10, 100_000])
  func badRow(_ rows: Int) throws {
    let run = try train(epochs: 1)
    let command = try predict(run, String(repeating: "1,0\n", count: rows) + "1,?\n0,0\n")
    command.expectFailure(["standard input:\(rows + 1):3", "`?`"])
    #expect(command.output.utf8.count { $0 == 10 } == rows)
  }

  @Test("a sample has the same answer alone, among others, and in another block of the input")
  func sameAnswers() throws {
    let run = try train()
    let many = try predict(run, String(repeating: "0.3,0.7\n", count: 1000))
    let alone = try predict(run, "[0.3, 0.7]\n")
    #expect(Set(many.output.split(separator: "\n")) == Set(alone.output.split(separator: "\n")))
  }

  @Test("a line is answered as soon as it is there, while the input stays open")
  func interactive() throws {
    let run = try train(epochs: 1)
    let input = Pipe()
    let process = try StartedProcess(
      Checkout.nnkit, ["predict", run, "--input", "-"], input: .pipe(input), output: .pipe(Pipe()))
    for sample in ["0,1\n", "[", "1,1\n"] where sample != "[" {
      try input.fileHandleForWriting.write(contentsOf: Data(sample.utf8))
      let answer = String(decoding: try process.nextOutput(), as: UTF8.self)
      #expect(answer.hasPrefix("{\"outputs\": ") && answer.hasSuffix("}\n"))
    }
    try input.fileHandleForWriting.close()
    #expect(process.wait() == 0)
  }

  @Test("what gzip packed is unpacked, several files one behind the other too, from a file, a pipe and standard input")
  func gzip() throws {
    let run = try train(epochs: 1)
    try folder.write("0,1\n1,1\n", to: "plain.csv")
    let script = """
      cd "$2" && gzip -k plain.csv && cat plain.csv.gz plain.csv.gz > twice.gz && mkfifo pipe
      "$1" predict run --input plain.csv.gz; "$1" predict run --input - < twice.gz
      cat plain.csv.gz > pipe & "$1" predict run --input pipe; wait
      cat plain.csv > pipe & "$1" predict run --input pipe; wait
      head -c 20 plain.csv.gz > cut.gz; "$1" predict run --input cut.gz
      """
    let program = try Checkout.nnkit
    let command = try Command(program: "/bin/sh", ["-c", script, "sh", program, folder.path])
    let expected = try predict(run, "0,1\n1,1\n").output
    #expect(command.output == String(repeating: expected, count: 5))
    command.expectFailure(["cut.gz", "gzip data breaks off"])
  }

  @Test("labels are named in the answers")
  func labels() throws {
    let rows = (0..<40).map { "\($0 % 2),\($0 / 2 % 2),\($0 % 2),\($0 / 2 % 2)" }.joined(separator: "\n")
    let run = try train(
      "p,q,red,blue\n\(rows)\n", target: "[red, blue]", activation: "sigmoid", loss: "binary_cross_entropy", epochs: 100
    )
    let answers = try lines(predict(run, "p,q\n0,0\n1,0\n1,1\n"))
    #expect(answers.map { $0["labels"].list.compactMap(\.text) } == [[], ["red"], ["red", "blue"]])
  }

  @Test("IDX files and pictures are read where they have as many pixels as the model has inputs")
  func pictures() throws {
    let run = try train(epochs: 1)
    let expected = try predict(run, "[0, 255]\n").output
    let encoded =
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNk+A8AAQUBAbS8lIEAAAAASUVORK5CYII="
    let png = Array(try #require(Data(base64Encoded: encoded)))
    let files: [(String, [UInt8])] = [
      ("text.pgm", Array("P2\n# two pixels\n2 1\n15\n0 15\n".utf8)),
      ("raw.pgm", Array("P5 2 1 255\n".utf8) + [0, 255]),
      ("picture.png", png), ("one.idx", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255]),
    ]
    for (name, bytes) in files {
      let command = try Command("predict", run, "--input", folder.write(bytes, to: name))
      #expect(command.output == expected && command.code == 0, "\(name): \(command.errors)")
    }
    let wrong = try folder.write("P2 3 1 255 0 0 0", to: "wrong.pgm")
    try Command("predict", run, "--input", wrong).expectFailure(["3 pixels wide and 1 high", "takes 2"])
    for count in 8..<png.count {
      let cut = try folder.write(Array(png[..<count]), to: "cut.png")
      if count % 16 == 0 { try Command("predict", run, "--input", cut).expectFailure(["cut.png", "PNG"]) }
    }
  }
}
