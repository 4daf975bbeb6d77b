// f' = f(z) f(-z), written so that neither half loses digits (a (1 - a) is 0 from z = 37 on).
#define F_TAIL(z) _Generic(z, float: 0, default: TAIL(z))
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) _Generic(z, float: logistic_float(z), default: (z < 0 ? t : 1) / (1 + t))
#define SLOPE(z, a) t / ((1 + t) * (1 + t))
// One by one, no exponential is needed where a (1 - a) loses few digits.
#define SHORT_SLOPE_TAIL(z) 0
#define SHORT_SLOPE(z, a) a < (real)0.999 ? a * (1 - a) : far_slope(z)

#include "elementwise.h"

static __attribute__((noinline)) double far_slope(double z) {
  const double t = TAIL(z);
  return SLOPE(z, 0);
}

ACTIVATION("sigmoid", "logistic function, between 0 and 1",
    "a = 1 / (1 + exp(-z))", "f'(z) = a (1 - a)",
    "P.-F. Verhulst, 1845",
    0, 1, NO_KINKS)
