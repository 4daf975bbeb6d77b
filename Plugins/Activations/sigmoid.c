// f' = f(z) f(-z), written so that neither half loses digits (a (1 - a) is 0 from z = 37 on).
#define F_TAIL(z) TAIL(z)
#define SLOPE_TAIL(z) TAIL(z)
#define F(z) (z < 0 ? t : 1) / (1 + t)
#define SLOPE(z, a) t / ((1 + t) * (1 + t))

#include "elementwise.h"

ACTIVATION("sigmoid", "logistic function, between 0 and 1",
    "a = 1 / (1 + e^-z)",
    "P.-F. Verhulst, 1845",
    0, 1, NO_KINKS)
