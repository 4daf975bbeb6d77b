// f' = f(z) f(-z), written so that neither half loses digits (a (1 - a) is 0 from z = 37 on).
#define FACTOR(p) p[0]
#define U (s * z)
#define F_TAIL(z) _Generic(z, float: 0, default: TAIL(U))
#define SLOPE_TAIL(z) TAIL(U)
#define F(z) _Generic(z, float: logistic_float(U), default: (z < 0 ? t : 1) / (1 + t))
#define SLOPE(z, a) s * (t / ((1 + t) * (1 + t)))
// One by one, no exponential is needed where a (1 - a) loses few digits.
#define SHORT_SLOPE_TAIL(z) 0
#define SHORT_SLOPE(z, a) s * (a < (real)0.999 ? a * (1 - a) : far_slope(U))

#include "elementwise.h"

static __attribute__((noinline)) double far_slope(double u) {
  const double t = TAIL(u);
  return t / ((1 + t) * (1 + t));
}

ONE_PARAMETER("steepness", "four times its slope at 0", 1, 0, INFINITY)
ACTIVATION_OF_ONE("sigmoid", "logistic function, between 0 and 1",
    "a = 1 / (1 + exp(-steepness z))", "f'(z) = steepness a (1 - a)",
    "P.-F. Verhulst, 1845",
    0, 1, NO_KINKS)
