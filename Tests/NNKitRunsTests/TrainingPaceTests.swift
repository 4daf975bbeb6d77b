import NNKitRuns
import Testing

@Suite("the pace of a training")
struct TrainingPaceTests {
  @Test("a resumed run is timed by what this process has trained, not by what was done before")
  func resumed() {
    // 90 epochs of 1,000 samples; this process begins in the middle of epoch 40 and takes 2 s an epoch.
    let pace = TrainingPace(epochs: 90, samples: 1000, batch: 10, start: (epoch: 40, batch: 50))
    #expect(abs(pace.secondsLeft(epoch: 41, share: 0.5, elapsed: 2) - 97) < 1e-9)
    #expect(abs(pace.samplesPerSecond(epoch: 40, share: 0.75, elapsed: 0.5) - 500) < 1e-9)
    #expect(abs(pace.samplesPerSecond(epoch: 41, share: 0.5, elapsed: 1) - 500) < 1e-9)
    #expect(abs(pace.shareDone(epoch: 44, share: 1) - 0.5) < 1e-9)
  }

  @Test("a run from its start is timed as a whole, and an end that is over leaves no time")
  func fresh() {
    let pace = TrainingPace(epochs: 4, samples: 7, batch: 10, start: (epoch: 0, batch: 0))
    #expect(abs(pace.secondsLeft(epoch: 0, share: 1, elapsed: 3) - 9) < 1e-9)
    #expect(pace.secondsLeft(epoch: 3, share: 1, elapsed: 12) == 0)
  }

  @Test("each of few epochs gets a line, of many about a hundred do", arguments: [1, 7, 100, 101, 1000, 99_999])
  func lines(_ epochs: Int) {
    for start in [0, epochs / 3] {
      let pace = TrainingPace(epochs: epochs, samples: 10, batch: 1, start: (epoch: start, batch: 0))
      let reported = (start..<epochs).filter { pace.isReported(epoch: $0) }
      #expect(reported.first == start && reported.last == epochs - 1)
      let count = reported.count
      #expect(epochs - start <= 100 ? count == epochs - start : (50...102).contains(count), "\(count)")
    }
  }
}
