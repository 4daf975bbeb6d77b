#include "elementwise.h"

// A z that is NaN fails both comparisons, and stays NaN.
#define F(z) z > 0 ? 1 : z <= 0 ? -1 : z
#define SLOPE(z, a) 0

ACTIVATION("threshold_symmetric", "step from -1 to 1; it has no slope to learn by",
    "a = if(z > 0, 1, -1)", "f'(z) = 0",
    "S. Nissen, FANN, 2003",
    -1, 1, KINKS(0))
