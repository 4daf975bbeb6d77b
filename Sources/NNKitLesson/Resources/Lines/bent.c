#include <nnkit/plugin.h>
#include <math.h>

/* a = f(z) for each number of the block */
static int evaluate(const double *p, const nnkit_block *block, const double *z, double *a) {
  NNKIT_EACH(block, i) a[i] = z[i] / sqrt(1 + z[i] * z[i]);
  return 0;
}

/* delta = received * f'(z) */
static int backward(const double *p, const nnkit_block *block, const double *z, const double *a,
                    const double *received, double *delta) {
  NNKIT_EACH(block, i) delta[i] = received[i] / pow(1 + z[i] * z[i], 1.5);
  return 0;
}

static const nnkit_activation bent = {
    .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "bent", "bends towards -1 and 1", "a = z / sqrt(1 + z^2)"},
    .evaluate = evaluate, .backward = backward, .derivative = "f'(z) = 1 / sqrt(1 + z^2)^3",
};
NNKIT_PLUGIN("you", "Apache-2.0", "1.0", &bent.function)
