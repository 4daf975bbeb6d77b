#include "elementwise.h"

#define U ((real)p[0] * z)
#define F(z) cos(U)
#define SLOPE(z, a) -(real)p[0] * sin(U)

ONE_PARAMETER("steepness", "how many radians z counts", 1, 0, INFINITY)
ACTIVATION_OF_ONE("cosine", "cosine",
    "a = cos(steepness z)", "f'(z) = -steepness sin(steepness z)",
    "S. Nissen, FANN, 2003",
    -1, 1, NO_KINKS)
