#include "elementwise.h"

#define F(z) sin(z)
#define SLOPE(z, a) cos(z)

ACTIVATION("sine", "sine",
    "a = sin(z)", "f'(z) = cos(z)",
    "V. Sitzmann et al., Implicit Neural Representations with Periodic Activation Functions, 2020",
    -1, 1, NO_KINKS)
