import Foundation
import NNKit
import Testing

/// A communicator without MPI: ranks of one machine, through a file that they all map into memory.
enum RankPlugin {
  /// `sum` is what each rank adds to the sum of number `i`, an expression of `x`, `i` and `rank`.
  static func source(sum: String = "x", more: String = "") -> String {
    """
    #define _GNU_SOURCE
    #include <nnkit/plugin.h>
    #include <fcntl.h>
    #include <sched.h>
    #include <stdatomic.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    enum { ROOM = 1 << 23 };
    typedef struct { _Atomic size_t arrived, turn; unsigned char slots[]; } shared;
    static shared *all;
    static size_t rank, ranks;
    static int barrier(void) {
      const size_t turn = atomic_load(&all->turn);
      if (atomic_fetch_add(&all->arrived, 1) + 1 == ranks) {
        atomic_store(&all->arrived, 0);
        atomic_fetch_add(&all->turn, 1);
      }
      while (atomic_load(&all->turn) == turn) sched_yield();
      return 0;
    }
    static unsigned char *slot(size_t of) { return all->slots + of * ROOM; }
    static int start(char *text, size_t size, size_t *r, size_t *n) {
      const char *number = getenv("TEST_RANK"), *count = getenv("TEST_RANKS"), *file = getenv("TEST_RANK_FILE");
      if (!number || !count || !file) { strncpy(text, "start it with its launcher", size - 1); return 1; }
      *r = rank = strtoul(number, NULL, 10);
      *n = ranks = strtoul(count, NULL, 10);
      const int descriptor = open(file, O_RDWR);
      const size_t bytes = sizeof(shared) + ranks * ROOM;
      if (descriptor < 0 || ftruncate(descriptor, bytes)) return 2;
      all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
      strncpy(text, "a file", size - 1);
      return all == MAP_FAILED ? 3 : 0;
    }
    #define SUM(T) { \\
      T *numbers = buffer; \\
      memcpy(slot(rank), numbers, count * sizeof(T)); \\
      barrier(); \\
      for (size_t i = 0; i < count; ++i) { \\
        T sum = 0; \\
        for (size_t r = 0; r < ranks; ++r) { const T x = ((T *)slot(r))[i]; sum += \(sum); } \\
        numbers[i] = sum; \\
      } \\
      barrier(); \\
    }
    static int begin(void **request, void *buffer, size_t count, uint32_t type) {
      if (count * 8 > ROOM) return 4;
      if (type == NNKIT_FLOAT32) SUM(float) else SUM(double)
      *request = NULL;
      \(more)
      return 0;
    }
    static int test(void *request, int *done) { *done = 1; return 0; }
    static int wait_for(void *request) { return 0; }
    static int broadcast(void *bytes, size_t count, size_t root) {
      if (rank == root) memcpy(slot(0), bytes, count);
      barrier();
      memcpy(bytes, slot(0), count);
      return barrier();
    }
    static int finish(int failed) { return 0; }
    static int describe(int code, char *text, size_t size) {
      if (code == 4) strncpy(text, "there is no room", size - 1);
      return 0;
    }
    static const nnkit_communicator file = {
        .function = NNKIT_FUNCTION(nnkit_communicator, NNKIT_COMMUNICATOR, "file", "ranks of one machine",
                                   "b = sum over the ranks of b"),
        .start = start, .all_reduce_begin = begin, .test = test, .wait = wait_for, .broadcast = broadcast,
        .barrier = barrier, .finish = finish, .describe = describe, .launcher = "LAUNCHER RANKS"};
    NNKIT_PLUGIN("A Tester", "CC0-1.0", "0.1", &file.function)
    """
  }

  /// Starts ranks 0, 1, … of the program behind the count, and ends with the first code that is not 0.
  static let launcher = """
    #define _GNU_SOURCE
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(int count, char **words) {
      char file[] = "/tmp/nnkit-test-ranks-XXXXXX", number[16];
      if (count < 3 || mkstemp(file) < 0) return 2;
      setenv("TEST_RANKS", words[1], 1);
      setenv("TEST_RANK_FILE", file, 1);
      const int ranks = atoi(words[1]);
      for (int rank = 0; rank < ranks; ++rank) {
        snprintf(number, sizeof number, "%d", rank);
        setenv("TEST_RANK", number, 1);
        if (fork() == 0) _exit((execvp(words[2], words + 2), 127));
      }
      int code = 0, status;
      while (wait(&status) > 0)
        if (!code) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      unlink(file);
      return code;
    }
    """

  /// A folder with the plugin and its launcher.
  static func folder(sum: String = "x", more: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let file = try folder.write(launcher, to: "launcher.c")
    let compiler = try Command(program: "/usr/bin/cc", [file, "-o", folder.path("launcher")])
    try #require(compiler.code == 0, "\(compiler.errors)")
    let source = source(sum: sum, more: more).replacing("LAUNCHER", with: folder.path("launcher"))
    try Checkout.compile(source, to: folder.path("file.so"))
    return folder
  }
}

/// What connects ranks in a test, and how they are started.
struct RankKit {
  var name: String
  let folder: TemporaryFolder
  let launch: (Int) -> [String]
  var environment: [String: String] = [:]

  static func file() throws -> RankKit {
    let folder = try RankPlugin.folder()
    return RankKit(name: "file", folder: folder) { [folder.path("launcher"), "\($0)"] }
  }

  /// An MPI that is installed here: its compiler and its launcher.
  enum MPI: String, CaseIterable {
    case openMPI = "openmpi"
    case mpich

    var isThere: Bool { RankKit.find("mpicc.\(rawValue)") != nil && RankKit.find("mpirun.\(rawValue)") != nil }
    static var present: [MPI] { allCases.filter(\.isThere) }
  }

  static func find(_ program: String) -> String? {
    ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func mpi(_ mpi: MPI) throws -> RankKit {
    let folder = try TemporaryFolder()
    let launcher = try #require(find("mpirun.\(mpi.rawValue)"))
    let compiler = try Command(
      program: #require(find("mpicc.\(mpi.rawValue)")),
      [
        "-D_GNU_SOURCE", "-O3", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
        "-Wl,-z,defs,-z,now", "-DLAUNCHER=\"\(launcher)\"", "-I", Checkout.header,
        "\(Checkout.path)/Plugins/Communicators/mpi.c", "-o", folder.path("libnnkit-mpi.so"),
      ])
    try #require(compiler.code == 0, "\(compiler.errors)")
    var kit = RankKit(name: "mpi", folder: folder) { [launcher, "-n", "\($0)"] }
    // More ranks than processors, as root, in a container.
    kit.environment = [
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
      "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    ]
    return kit
  }

  /// `nnkit` with these arguments as one rank, or as several.
  func words(_ ranks: Int, _ arguments: [String]) throws -> [String] {
    let program = try Checkout.nnkit
    if ranks == 1 { return [program] + arguments }
    return launch(ranks) + [program] + arguments + ["--plugin-path", folder.path]
  }

  func run(_ ranks: Int, _ arguments: String...) throws -> Command {
    let words = try words(ranks, ["run"] + arguments + (ranks == 1 ? [] : ["--communicator", name]))
    return try Command(program: words[0], Array(words.dropFirst()), environment: environment)
  }

  /// Starts ranks that go on while the test does something to them.
  func start(
    _ ranks: Int, _ arguments: String..., errors: StartedProcess.Stream = .nowhere
  ) throws -> StartedProcess {
    let words = try words(ranks, ["run"] + arguments + ["--communicator", name])
    return try StartedProcess(
      words[0], Array(words.dropFirst()), environment: environment, output: .nowhere, errors: errors)
  }
}
