#include "elementwise.h"

// A z that is NaN fails both comparisons, and stays NaN.
#define F(z) z > 0 ? 1 : z <= 0 ? 0 : z
#define SLOPE(z, a) 0

ACTIVATION("step", "Heaviside step: fires or does not; it has no slope to learn by",
    "a = if(z > 0, 1, 0)", "f'(z) = 0",
    "W. McCulloch and W. Pitts, 1943",
    0, 1, KINKS(0))
