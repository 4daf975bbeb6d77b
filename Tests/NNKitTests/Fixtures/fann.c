/* Writes fann.json, with FANN 2.2.0: cc fann.c -o fann -ldoublefann -lm && ./fann > fann.json */
#include <doublefann.h>
#include <stdio.h>
#include <math.h>

static double inputs[8][3], targets[8][2];

static double next(unsigned *state) {
  *state = *state * 1664525u + 1013904223u;
  return floor((double)(*state >> 8) / (1 << 24) * 2e4 - 1e4) / 1e4;
}

static void weights(struct fann *network, const char *name) {
  struct fann_connection c[64];
  fann_get_connection_array(network, c);
  printf("   \"%s\": [", name);
  unsigned n = fann_get_total_connections(network);
  for (unsigned i = 0; i < n; ++i) printf("%s%.17g", i ? ", " : "", c[i].weight);
  printf("]");
}

static void run(const char *name, enum fann_train_enum algorithm, int between, int epochs, const char *end) {
  struct fann *network = fann_create_standard(3, 3, 4, 2);
  fann_set_activation_function_hidden(network, FANN_SIGMOID);
  fann_set_activation_function_output(network, FANN_SIGMOID);
  fann_set_activation_steepness_hidden(network, 0.5);
  fann_set_activation_steepness_output(network, 0.5);
  fann_set_train_error_function(network, FANN_ERRORFUNC_LINEAR);
  fann_set_training_algorithm(network, algorithm);
  fann_set_learning_rate(network, 0.5f);
  /* FANN's SARPROP has the decay's sign the wrong way round, and after a turn the step size of a neighbour: so without
     decay, and in epochs without a turn. */
  fann_set_sarprop_weight_decay_shift(network, -1000);
  unsigned state = 7;
  struct fann_connection c[64];
  unsigned n = fann_get_total_connections(network);
  fann_get_connection_array(network, c);
  for (unsigned i = 0; i < n; ++i) fann_set_weight(network, c[i].from_neuron, c[i].to_neuron, next(&state));
  struct fann_train_data *data = fann_create_train(8, 3, 2);
  for (int s = 0; s < 8; ++s) {
    for (int i = 0; i < 3; ++i) data->input[s][i] = inputs[s][i];
    for (int i = 0; i < 2; ++i) data->output[s][i] = targets[s][i];
  }
  printf("  {\n   \"optimizer\": \"%s\",\n", name);
  weights(network, "initial");
  printf(",\n");
  char after[32];
  for (int e = 1; e <= epochs; ++e) {
    fann_train_epoch(network, data);
    if (e != between && e != epochs) continue;
    snprintf(after, sizeof after, "after_%d", e);
    weights(network, after);
    if (e < epochs) printf(",\n");
  }
  printf("\n  }%s\n", end);
}

int main(void) {
  unsigned state = 3;
  for (int s = 0; s < 8; ++s) {
    for (int i = 0; i < 3; ++i) inputs[s][i] = next(&state);
    for (int i = 0; i < 2; ++i) targets[s][i] = 0.5 + next(&state) / 4;
  }
  printf("{\n \"note\": \"FANN 2.2.0 (Debian libfann2), doublefann: fann_create_standard(3, 3, 4, 2), FANN_SIGMOID with steepness 0.5, FANN_ERRORFUNC_LINEAR, learning rate 0.5, else FANN's defaults; the weights of each neuron, its bias last, before, after one and after ten fann_train_epoch; made by fann.c beside this file\",\n");
  printf(" \"inputs\": [");
  for (int s = 0; s < 8; ++s) printf("%s[%g, %g, %g]", s ? ", " : "", inputs[s][0], inputs[s][1], inputs[s][2]);
  printf("],\n \"targets\": [");
  for (int s = 0; s < 8; ++s) printf("%s[%.17g, %.17g]", s ? ", " : "", targets[s][0], targets[s][1]);
  printf("],\n \"cases\": [\n");
  run("quickprop", FANN_TRAIN_QUICKPROP, 1, 10, ",");
  run("irpropm", FANN_TRAIN_RPROP, 1, 10, "");
  printf(" ],\n \"sarprop\":\n");
  run("sarprop", FANN_TRAIN_SARPROP, 2, 50, "");
  printf("}\n");
}
