/* Makes the fixtures of FannFileTests with libfann 2.2 (Debian's libfann-dev):
     cc fann_networks.c -ldoublefann -lm -o fann_networks && ./fann_networks FOLDER
   Each NAME.net was trained by FANN on fann.data; NAME.json has FANN's own outputs for each input of fann.data. */
#include <doublefann.h>
#include <stdio.h>
#include <string.h>

static struct fann_train_data *data;
static char path[4096];

static const char *place(const char *folder, const char *name, const char *end) {
  snprintf(path, sizeof path, "%s/%s%s", folder, name, end);
  return path;
}

static void save(const char *folder, const char *name, struct fann *network, unsigned epochs, int is_scaled) {
  FILE *file;
  unsigned i, k;
  struct fann_train_data *read;
  if (epochs) fann_train_on_data(network, data, epochs, 0, 0);
  fann_save(network, place(folder, name, ".net"));
  fann_destroy(network);
  /* What the files say, which is rounded. */
  network = fann_create_from_file(path);
  read = fann_read_train_from_file(place(folder, is_scaled ? name : "fann", ".data"));
  file = fopen(place(folder, name, ".json"), "w");
  fprintf(file, "[");
  for (i = 0; i < fann_length_train_data(read); ++i) {
    fann_type input[3], *output;
    memcpy(input, read->input[i], sizeof input);
    if (is_scaled) fann_scale_input(network, input);
    output = fann_run(network, input);
    if (is_scaled) fann_descale_output(network, output);
    fprintf(file, "%s[", i ? ",\n" : "");
    for (k = 0; k < 2; ++k) fprintf(file, "%s%.17g", k ? ", " : "", output[k]);
    fprintf(file, "]");
  }
  fprintf(file, "]\n");
  fclose(file);
  fann_destroy_train(read);
  fann_destroy(network);
}

int main(int count, char **arguments) {
  const char *folder = count > 1 ? arguments[1] : ".";
  struct fann *network;
  unsigned i;
  fann_seed_rand();
  data = fann_create_train(12, 3, 2);
  for (i = 0; i < 12; ++i) {
    data->input[i][0] = i * 0.25 - 1;
    data->input[i][1] = (i * 7 % 12) / 6.0 - 1;
    data->input[i][2] = (i * 5 % 12) / 4.0 - 1.5;
    data->output[i][0] = i % 3 == 0 ? 0.9 : 0.1;
    data->output[i][1] = 0.5 + 0.4 * data->input[i][1];
  }
  fann_save_train(data, place(folder, "fann", ".data"));

  network = fann_create_standard(4, 3, 5, 4, 2);
  fann_set_activation_function_hidden(network, FANN_SIGMOID_SYMMETRIC);
  fann_set_activation_function_output(network, FANN_SIGMOID);
  fann_set_activation_steepness_hidden(network, 0.8);
  fann_set_activation_steepness_output(network, 0.6);
  save(folder, "standard", network, 20, 0);

  /* A neuron for each function, one after the other. */
  network = fann_create_standard(3, 3, 15, 2);
  for (i = 0; i < 15; ++i) {
    static const enum fann_activationfunc_enum functions[15] = {
        FANN_LINEAR, FANN_THRESHOLD, FANN_THRESHOLD_SYMMETRIC, FANN_SIGMOID, FANN_SIGMOID_SYMMETRIC, FANN_GAUSSIAN,
        FANN_GAUSSIAN_SYMMETRIC, FANN_ELLIOT, FANN_ELLIOT_SYMMETRIC, FANN_LINEAR_PIECE, FANN_LINEAR_PIECE_SYMMETRIC,
        FANN_SIN_SYMMETRIC, FANN_COS_SYMMETRIC, FANN_SIN, FANN_COS};
    fann_set_activation_function(network, functions[i], 1, i);
    fann_set_activation_steepness(network, 0.3 + 0.1 * i, 1, i);
  }
  fann_set_activation_function(network, FANN_ELLIOT, 2, 0);
  fann_set_activation_function(network, FANN_GAUSSIAN_SYMMETRIC, 2, 1);
  /* FANN does not train thresholds. */
  fann_randomize_weights(network, -0.7, 0.7);
  save(folder, "functions", network, 0, 0);

  network = fann_create_sparse(0.5, 4, 3, 6, 5, 2);
  fann_set_activation_function_hidden(network, FANN_SIGMOID_SYMMETRIC);
  fann_set_activation_function_output(network, FANN_SIGMOID_SYMMETRIC);
  save(folder, "sparse", network, 20, 0);

  network = fann_create_standard(3, 3, 4, 2);
  fann_set_activation_function_hidden(network, FANN_SIGMOID);
  fann_set_activation_function_output(network, FANN_LINEAR);
  for (i = 0; i < 12; ++i) data->input[i][0] = 100 + 20 * data->input[i][0], data->output[i][1] = 40 * data->output[i][1];
  fann_set_scaling_params(network, data, -1, 1, 0, 1);
  {
    struct fann_train_data *scaled = fann_duplicate_train_data(data), *raw = data;
    fann_scale_train(network, scaled);
    data = scaled;
    fann_train_on_data(network, data, 20, 0, 0);
    data = raw;
    fann_destroy_train(scaled);
  }
  fann_save_train(data, place(folder, "scaled", ".data"));
  save(folder, "scaled", network, 0, 1);

  for (i = 0; i < 12; ++i) data->input[i][0] = (data->input[i][0] - 100) / 20, data->output[i][1] /= 40;
  network = fann_create_shortcut(4, 3, 4, 3, 2);
  fann_set_activation_function_hidden(network, FANN_SIGMOID_SYMMETRIC);
  fann_set_activation_function_output(network, FANN_SIGMOID);
  save(folder, "shortcut", network, 20, 0);
  fann_destroy_train(data);
  return 0;
}
