#include "elementwise.h"

#define F(z) z < 0 ? 0 : z > 6 ? 6 : z
#define SLOPE(z, a) z > 0 && z < 6 ? 1 : 0

ACTIVATION("relu6", "rectified linear unit that ends at 6",
    "a = min(max(0, z), 6)", "f'(z) = if(0 < z < 6, 1, 0)",
    "A. Krizhevsky, 2010",
    0, 6, KINKS(0, 6))
