// What sums over ranks take: MPI_Iallreduce for some sizes, and the addition alone. scaling.py compiles and reads it. With
// an argument it repeats little, for networks with a long delay.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 23 };

static double seconds_for_sum(float *numbers, int count, int repetitions) {
  double best = 1e9;
  for (int trial = 0; trial < (repetitions > 3 ? 5 : 3); ++trial) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    for (int i = 0; i < repetitions; ++i) {
      MPI_Request request;
      MPI_Iallreduce(MPI_IN_PLACE, numbers, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD, &request);
      MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    const double seconds = (MPI_Wtime() - start) / repetitions;
    if (seconds < best) best = seconds;
  }
  return best;
}

int main(int count, char **words) {
  MPI_Init(&count, &words);
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  float *one = calloc(MOST, sizeof *one), *other = calloc(MOST, sizeof *other);
  if (!one || !other) MPI_Abort(MPI_COMM_WORLD, 1);
  seconds_for_sum(one, 2, 3);  // connects
  for (int size = 2; size <= MOST; size *= 8) {
    const double seconds = seconds_for_sum(one, size, count > 1 ? 3 : size < 1 << 16 ? 200 : 10);
    if (rank == 0) printf("sum %zu %.9f\n", size * sizeof *one, seconds);
  }
  double best = 1e9;
  for (int trial = 0; trial < 5; ++trial) {
    const double start = MPI_Wtime();
    for (int i = 0; i < MOST; ++i) one[i] += other[i];
    if (MPI_Wtime() - start < best) best = MPI_Wtime() - start;
  }
  if (rank == 0) printf("addition %zu %.9f\n", MOST * sizeof *one, best);
  free(one);
  free(other);
  MPI_Finalize();
  return 0;
}
