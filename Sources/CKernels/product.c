// The built-in matrix product, C = alpha * A * B + beta * C, blocked and vectorised.
//
// B is cut into panels of PANEL columns and DEPTH rows, which are copied (packed) so that they lie contiguously in the
// level 1 cache; A is read where it lies, an element at a time, and each element meets a whole row of the panel. A tile
// of C (ROWS x PANEL) stays in registers over the panel's depth. See Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008.
//
// product_tile.h is compiled once for each precision and processor level.
#include "CKernels.h"
#include "clones.h"

#include <string.h>

#define DEPTH 256

#define T float
#define SUFFIX f32
#include "product_levels.h"
#undef T
#undef SUFFIX

#define T double
#define SUFFIX f64
#include "product_levels.h"
