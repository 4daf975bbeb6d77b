/* FANN with float. Settings: incremental (fann_train, a step each sample) and batch (fann_train_epoch, a step each
   batch). It has neither relu nor softmax: a linear piece and sigmoid stand in, with the same products. */

#include <floatfann.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int argument_count;
static char **arguments;

/* The value of an argument KEY=VALUE. */
static const char *text(const char *key, const char *standard) {
  size_t length = strlen(key);
  for (int i = 1; i < argument_count; i++)
    if (strncmp(arguments[i], key, length) == 0 && arguments[i][length] == '=') return arguments[i] + length + 1;
  return standard;
}

static int number(const char *key, int standard) {
  const char *value = text(key, NULL);
  return value ? atoi(value) : standard;
}

static float *matrix(const char *kind, size_t count) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%s", text("data", "."), kind);
  float *values = malloc(count * sizeof *values);
  FILE *file = fopen(path, "rb");
  if (!values || !file || fread(values, sizeof *values, count, file) != count) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(file);
  return values;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

static struct fann *network;
static float *inputs, *targets;
static struct fann_train_data **batches;
static unsigned input_count, output_count;
static int samples, batch, forward, place;

static enum fann_activationfunc_enum activation(const char *name) {
  return strcmp(name, "relu") == 0 ? FANN_LINEAR_PIECE : FANN_SIGMOID;
}

static void prepare(void) {
  unsigned widths[16], layers = 0;
  for (const char *rest = text("layers", ""); *rest; rest += strcspn(rest, ","), rest += *rest == ',')
    widths[layers++] = atoi(rest);
  input_count = widths[0], output_count = widths[layers - 1];
  samples = number("samples", 0), batch = number("batch", 1), forward = strcmp(text("pass", "train"), "forward") == 0;
  inputs = matrix("inputs", (size_t)samples * input_count);
  targets = matrix("targets", (size_t)samples * output_count);

  network = fann_create_standard_array(layers, widths);
  fann_randomize_weights(network, -0.05f, 0.05f);
  fann_set_activation_function_hidden(network, activation(text("hidden", "sigmoid")));
  fann_set_activation_function_output(network, FANN_SIGMOID);
  fann_set_learning_rate(network, atof(text("learning_rate", "0")));
  fann_set_training_algorithm(network, FANN_TRAIN_INCREMENTAL);
  if (strcmp(text("setting", "incremental"), "batch") != 0) return;

  fann_set_training_algorithm(network, FANN_TRAIN_BATCH);
  batches = malloc(samples / batch * sizeof *batches);
  for (int i = 0; i < samples / batch; i++) {
    batches[i] = fann_create_train(batch, input_count, output_count);
    for (int j = 0; j < batch; j++) {
      batches[i]->input[j] = inputs + (size_t)(i * batch + j) * input_count;
      batches[i]->output[j] = targets + (size_t)(i * batch + j) * output_count;
    }
  }
}

/* A batch of steps from sample `place` on. */
static void step(void) {
  if (batches) {
    fann_train_epoch(network, batches[place / batch]);
  } else {
    for (int i = place; i < place + batch; i++)
      if (forward) fann_run(network, inputs + (size_t)i * input_count);
      else fann_train(network, inputs + (size_t)i * input_count, targets + (size_t)i * output_count);
  }
  place = (place + batch) % samples;
}

static void run(double seconds) {
  long done = 0;
  int between = batch < 16 && input_count < 100 ? 1000 : 1; /* looks at the clock this rarely */
  double start = now(), duration;
  fann_reset_MSE(network);
  do {
    for (int i = 0; i < between; i++) step();
    done += (long)between * batch;
    duration = now() - start;
  } while (duration < seconds);
  printf("{\"samples\": %ld, \"seconds\": %.9f, \"loss\": %g}\n", done, duration, fann_get_MSE(network));
}

int main(int count, char **values) {
  argument_count = count, arguments = values;
  setvbuf(stdout, NULL, _IOLBF, 0);
  prepare();
  double end = now() + 0.5;
  while (now() < end) step();
  puts("{\"name\": \"FANN\", \"version\": \"" VERSION "\", \"backend\": \"C\"}");
  char line[256];
  while (fgets(line, sizeof line, stdin)) run(atof(line + strcspn(line, " ")));
  return 0;
}
