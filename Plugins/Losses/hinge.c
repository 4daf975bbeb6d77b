#include "per_output.h"

// At the tie y a = 1 the slope is that of the rising side. A term that is NaN stays NaN.
#define VALUE(a, y) 1 - (y) * (a) < 0 ? 0 : 1 - (y) * (a)
#define GRADIENT(a, y) 1 - y * a >= 0 ? -y : 0

LOSS_FUNCTIONS
static const nnkit_loss loss = {
    .function = {sizeof(nnkit_loss), NNKIT_LOSS, "hinge", "asks for a margin: targets are -1 and 1",
                 "L = Σ max(0, 1 - y a)", "C. Cortes and V. Vapnik, 1995", NULL, 0, NNKIT_NON_NEGATIVE,
                 {NULL, NULL, NULL, NULL}},
    OUTPUTS(-INFINITY, INFINITY), TARGETS(-1, 1),
    .target_off = -1, .target_on = 1,
    .value = value, .gradient = gradient, .value_float = value_float, .gradient_float = gradient_float,
    .gradient_formula = "dL/da = if(1 - y a >= 0, -y, 0)",
};
NNKIT_PLUGIN("the nnkit authors", "Apache-2.0", "1.0.0", &loss.function)
