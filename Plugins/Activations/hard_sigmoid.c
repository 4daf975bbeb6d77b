#include "elementwise.h"

// The slope is PyTorch's: 1/6 rounded to single precision in either one, so that gradients agree with its autograd to
// the last digits; it is 3e-8 off.
#define F(z) z <= -3 ? 0 : z >= 3 ? 1 : (z + 3) / 6
#define SLOPE(z, a) z > -3 && z < 3 ? 1.0f / 6 : 0

ACTIVATION("hard_sigmoid", "sigmoid made of straight lines",
    "a = min(max(0, z + 3), 6) / 6", "f'(z) = if(-3 < z < 3, 1 / 6, 0)",
    "M. Courbariaux, Y. Bengio and J.-P. David, 2015",
    0, 1, KINKS(-3, 3))
