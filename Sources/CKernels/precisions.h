// Includes BODY, a file that includes this one, once for each precision: T is the type, NAME(name) the name with its
// suffix.
#define T float
#define NAME(name) name##_f32
#include BODY
#undef T
#undef NAME
#define T double
#define NAME(name) name##_f64
#include BODY
