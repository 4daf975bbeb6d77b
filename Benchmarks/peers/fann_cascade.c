/* FANN's cascade2 on a file of its own format: fann_cascade DATA MAX_NEURONS SEED.
   A line for the network after each neuron: neurons, mean squared error, outputs off by 0.35 or more. It ends when none
   is off. */
#include <doublefann.h>
#include <stdio.h>
#include <stdlib.h>

static int FANN_API report(struct fann *network, struct fann_train_data *data, unsigned max_neurons, unsigned between,
                           float desired_error, unsigned epochs) {
  (void)data, (void)max_neurons, (void)between, (void)desired_error;
  unsigned neurons = fann_get_total_neurons(network) - fann_get_num_input(network) - fann_get_num_output(network) - 1;
  printf("%u %.9g %u %u\n", neurons, fann_get_MSE(network), fann_get_bit_fail(network), epochs);
  return fann_get_bit_fail(network) == 0 ? -1 : 0;
}

int main(int count, char **arguments) {
  if (count != 4) return fprintf(stderr, "usage: fann_cascade DATA MAX_NEURONS SEED\n"), 2;
  struct fann_train_data *data = fann_read_train_from_file(arguments[1]);
  if (!data) return 1;
  struct fann *network = fann_create_shortcut(2, fann_num_input_train_data(data), fann_num_output_train_data(data));
  /* FANN draws with rand(), which fann_create_shortcut has seeded by the clock. */
  srand((unsigned)atoi(arguments[3]));
  fann_randomize_weights(network, -0.1, 0.1);
  fann_set_training_algorithm(network, FANN_TRAIN_RPROP);
  fann_set_activation_function_output(network, FANN_SIGMOID);
  fann_set_train_error_function(network, FANN_ERRORFUNC_LINEAR);
  fann_set_train_stop_function(network, FANN_STOPFUNC_BIT);
  fann_set_bit_fail_limit(network, 0.35);
  fann_set_callback(network, report);
  fann_cascadetrain_on_data(network, data, (unsigned)atoi(arguments[2]), 1, 0);
  fann_test_data(network, data);
  unsigned neurons = fann_get_total_neurons(network) - fann_get_num_input(network) - fann_get_num_output(network) - 1;
  printf("end %u %.9g %u\n", neurons, fann_get_MSE(network), fann_get_bit_fail(network));
  return 0;
}
