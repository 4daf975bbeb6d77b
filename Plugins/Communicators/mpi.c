// Processes that train together through MPI (Open MPI, MPICH and others), https://www.mpi-forum.org/docs.
//
// An MPI program like others: `make mpi` compiles it with the machine's mpicc. nnkit's thread for the communicator makes all
// calls, from MPI_Init_thread to MPI_Finalize, so MPI_THREAD_FUNNELED is enough.
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nnkit/plugin.h"

// The command that starts ranks; `make mpi` gives the one that belongs to its mpicc.
#ifndef LAUNCHER
#define LAUNCHER "mpirun"
#endif

// Counts are of type int in MPI, so longer arrays go out in pieces.
enum { PIECE = 1 << 28, NO_MEMORY = -1, NO_THREADS = -2 };

// A sum: the requests of its pieces.
typedef struct {
  int count;
  MPI_Request requests[];
} sum;

// The library that is there, and not the one it was compiled with: the first line of what it says of itself.
static void write_version(char *text, size_t size) {
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (MPI_Get_library_version(version, &length) != MPI_SUCCESS) return;
  version[strcspn(version, "\n,")] = 0;
  for (char *c = version; *c; ++c)
    if (*c == '\t') *c = ' ';
  snprintf(text, size, "%s", version);
}

// MPI_Init_thread, after which crashes are still reported by whom they were before.
static int initialise(void) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTRAP};
  enum { COUNT = sizeof signals / sizeof *signals };
  struct sigaction before[COUNT];
  for (int i = 0; i < COUNT; ++i) sigaction(signals[i], NULL, &before[i]);
  int provided;
  const int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  for (int i = 0; i < COUNT; ++i) sigaction(signals[i], &before[i], NULL);
  if (code != MPI_SUCCESS) return code;
  return provided < MPI_THREAD_FUNNELED ? NO_THREADS : MPI_SUCCESS;
}

static int describe(int code, char *text, size_t size) {
  if (code == NO_MEMORY) return snprintf(text, size, "there is no memory") < 0;
  if (code == NO_THREADS) return snprintf(text, size, "this MPI does not allow threads (MPI_THREAD_FUNNELED)") < 0;
  char words[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(code, words, &length) != MPI_SUCCESS) return 1;
  words[strcspn(words, "\n")] = 0;
  snprintf(text, size, "%s", words);
  return 0;
}

static int start(char *text, size_t size, size_t *rank, size_t *ranks) {
  int code = initialise(), number, count;
  // An error is a number that is returned; MPI would end the process otherwise.
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, &number);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, &count);
  if (code != MPI_SUCCESS) {
    describe(code, text, size);
    return code;
  }
  *rank = (size_t)number;
  *ranks = (size_t)count;
  write_version(text, size);
  return 0;
}

static int all_reduce_begin(void **request, void *buffer, size_t count, uint32_t type) {
  const MPI_Datatype numbers = type == NNKIT_FLOAT32 ? MPI_FLOAT : MPI_DOUBLE;
  const size_t bytes = type == NNKIT_FLOAT32 ? sizeof(float) : sizeof(double);
  const size_t pieces = count / PIECE + (count % PIECE > 0);
  sum *all = malloc(sizeof(sum) + pieces * sizeof(MPI_Request));
  if (!all) return NO_MEMORY;
  all->count = 0;
  for (size_t first = 0; first < count; first += PIECE) {
    const int some = (int)(count - first < PIECE ? count - first : PIECE);
    const int code = MPI_Iallreduce(MPI_IN_PLACE, (char *)buffer + first * bytes, some, numbers, MPI_SUM, MPI_COMM_WORLD,
                                    &all->requests[all->count++]);
    if (code != MPI_SUCCESS) return code;
  }
  *request = all;
  return 0;
}

static int test(void *request, int *done) {
  sum *all = request;
  *done = 1;
  for (int i = 0; i < all->count && *done; ++i) {
    const int code = MPI_Test(&all->requests[i], done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return code;
  }
  if (*done) free(all);
  return 0;
}

static int wait_for(void *request) {
  sum *all = request;
  for (int i = 0; i < all->count; ++i) {
    const int code = MPI_Wait(&all->requests[i], MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return code;
  }
  free(all);
  return 0;
}

static int broadcast(void *bytes, size_t count, size_t root) {
  for (size_t first = 0; first < count; first += PIECE) {
    const int some = (int)(count - first < PIECE ? count - first : PIECE);
    const int code = MPI_Bcast((char *)bytes + first, some, MPI_BYTE, (int)root, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return code;
  }
  return 0;
}

static int barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }

// MPI_Finalize waits for all ranks. Without it, the launcher ends the other ranks when this one has ended.
static int finish(int failed) { return failed ? 0 : MPI_Finalize(); }

static const nnkit_communicator communicator = {
    .function = NNKIT_FUNCTION(nnkit_communicator, NNKIT_COMMUNICATOR, "mpi",
                               "processes on one machine or on many, connected by MPI", "b = sum over the ranks of b"),
    .start = start,
    .all_reduce_begin = all_reduce_begin,
    .test = test,
    .wait = wait_for,
    .broadcast = broadcast,
    .barrier = barrier,
    .finish = finish,
    .describe = describe,
    .launcher = LAUNCHER " -n RANKS",
};
NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &communicator.function)
