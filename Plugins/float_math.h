// The functions of <math.h> that the bundled kernels need in single precision, as plain arithmetic without a branch or a
// call, so that a compiler can vectorise a loop of them. Arguments and results are float, everything between is double
// (but in logistic_float): polynomials good to about 10 digits then give a float that is within a unit in the last place
// of the true value (the figures are in Tests). Infinities, zeros and NaN give what the functions of <math.h> give.
//
// Include this last. exp(x), log(x), … are then of the precision of x: the functions here for a float, those of <math.h>
// for a double. KERNEL stands before a loop's function and compiles it for several processors.
#ifndef FLOAT_MATH_H
#define FLOAT_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// Every loop is compiled for several x86-64 levels and chosen when the library is loaded; plain on other machines, and
// under ThreadSanitizer, whose instrumentation cannot run while that choice is made.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PLAIN_KERNELS
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define PLAIN_KERNELS
#endif
#if defined(__x86_64__) && defined(__linux__) && (defined(__clang__) || __GNUC__ >= 12) && !defined(PLAIN_KERNELS)
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

// Few elements are done one by one, without a vector loop. The rows of a short block touch.
#define IS_SHORT(block) ((block)->neurons * (block)->columns < 6 && (block)->row_stride == (block)->columns)
#define SHORT_LOOP _Pragma("clang loop vectorize(disable) unroll(disable)")

#define INLINE static inline __attribute__((always_inline, unused))

INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE double with_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

INLINE uint32_t bits_of_float(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

INLINE float float_with_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// x = n ln 2 + r with |r| <= ln 2 / 2: *scale becomes 2^n, and e^r - 1 is returned. x is at most 700 in size.
INLINE double exponential_parts(double x, double *scale) {
  const double to_integer = 0x1.8p52;  // after adding this, the lowest bits hold the nearest integer
  const double shifted = x * 1.4426950408889634 + to_integer, n = shifted - to_integer;
  const double r = x - n * 0.69314718055994531;
  *scale = with_bits((bits_of(shifted) + 1023) << 52);
  // (e^r - 1) / r, by Chebyshev interpolation: 2e-10. Summed by pairs (G. Estrin, 1960), so that short chains of
  // operations depend on each other.
  const double square = r * r;
  const double low = (r * 0.50000000471229905 + 1) + square * (r * 0.041666352873537217 + 0.1666666671900332);
  const double high = (r * 0.0013941110368767255 + 0.0083332984811744188) + square * 0.00019899276107118007;
  return r * (low + square * square * high);
}

INLINE double clamped(double x, double low, double high) {
  const double raised = x < low ? low : x;
  return raised > high ? high : raised;
}

// e^x for results that a float can hold: 0 below, infinity above.
INLINE double exponential(double x) {
  double scale;
  const double q = exponential_parts(clamped(x, -120, 100), &scale);
  return x != x ? x : scale + scale * q;
}

// ln x for x that came from a float.
INLINE double logarithm(double x) {
  // x = 2^e m with m from √½ to √2
  const uint64_t root_half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u;
  const uint64_t bits = bits_of(x) + (one - root_half);
  const double e = (double)((int32_t)(bits >> 52) - 1023);
  const double m = with_bits((bits & 0x000fffffffffffffu) + root_half);
  // ln m = 2 artanh s, s = (m - 1) / (m + 1), by Chebyshev interpolation of 2 artanh(s) / s in s²: 2e-12.
  const double s = (m - 1) / (m + 1), q = s * s;
  const double a = ((((0.196087438130521999 * q + 0.221742070006841059) * q + 0.285721671276436435) * q +
                     0.399999948828094259) * q + 0.666666666796076729) * q + 1.99999999999994705;
  const double value = e * 0.69314718055994531 + s * a;
  return x > 0 ? (x <= 3.5e38 ? value : x) : x == 0 ? -INFINITY : x != x ? x : NAN;
}

// erfc x = t e^(g(t) - x²): g is ln(erfc(x) / t) + x² for x >= 0 as a polynomial in t = 1 / (1 + x / 2), by Chebyshev interpolation on
// x <= 10.3: 1.4e-10. (The form is that of W. Press et al., Numerical Recipes, 6.2; the coefficients are our own.)
INLINE double complementary_error(double x) {
  const double size = clamped(fabs(x), 0, 12), t = 1 / (1 + size / 2);
  const double g =
      ((((((((((((-0.0350906939148732948 * t + 0.451131303100711272) * t - 2.27828113764460917) * t +
                6.23807116440093835) * t - 10.3706092146326928) * t + 10.898240315377503) * t - 7.36301466563109638) * t +
            3.46188586215368094) * t - 1.36002561885441755) * t + 0.209417742469001353) * t + 0.0336349568400329731) * t +
        0.380501145552608662) * t + 0.999640478185386593) * t - 1.26550163733300595;
  const double tail = t * exponential(g - size * size);
  return x != x ? x : x < 0 ? 2 - tail : tail;
}

INLINE float exp_float(float x) { return (float)exponential(x); }

INLINE float expm1_float(float x) {
  double scale;
  const double q = exponential_parts(clamped(x, -40, 100), &scale);
  return x != x ? x : (float)(scale * q + (scale - 1));
}

INLINE float log_float(float x) { return (float)logarithm(x); }

INLINE float log1p_float(float x) {
  // ln(1 + x) = ln u + (what was lost in u = 1 + x) / u; far from 0 nothing is.
  const double u = 1 + (double)x, lost = (x - (u - 1)) / u;
  return (float)(logarithm(u) + (lost == lost ? lost : 0));
}

INLINE float tanh_float(float x) {
  double scale;
  const double q = exponential_parts(clamped(2 * fabs((double)x), 0, 60), &scale);
  const double u = scale * q + (scale - 1), a = u / (u + 2);
  return x != x ? x : (float)(x < 0 ? -a : a);
}

// 1 / (1 + e^-x) in single precision throughout, since a layer of few neurons waits for it: within 2.8 units in the last
// place (the worst of all floats: 2.76). What can be known early is kept off the chain of operations that the answer waits
// for; where the exponential has no meaning the answer is put in at the end.
INLINE float logistic_float(float x) {
  // -x = n ln 2 + r. ln 2 in single precision is 1.9e-9 too large, which only the sum at the end has to know; the product
  // must not be rounded.
  const float shifted = x * -1.44269504f + 0x1.8p23f, n = shifted - 0x1.8p23f;
  const float r = __builtin_fmaf(n, -0.693147182f, -x), exact = n * 1.90465429e-9f + r;
  // q = e^r - 1 by Chebyshev interpolation: 4e-9
  const float square = r * r;
  const float low = square * (r * 0.166665047f + 0.5f) + exact;
  const float high = square * 0.00139337312f + (r * 0.00836922042f + 0.041666463f);
  const float q = square * square * high + low;
  // one / (one + one e^-x) is the same for any one, and this one keeps e^-x finite
  const int is_far = x < -70;
  const float one = is_far ? 0x1p-64f : 1;
  const float scale = float_with_bits((bits_of_float(shifted) + (is_far ? 127 - 64 : 127)) << 23);
  const float value = one / (scale * q + (scale + one));
  return x > 87 ? 1 : x < -105 ? 0 : value;
}

INLINE float erfc_float(float x) { return (float)complementary_error(x); }

#define OF_PRECISION(x, name) _Generic((x), float: name##_float, default: name)(x)
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erfc
#define exp(x) OF_PRECISION(x, exp)
#define expm1(x) OF_PRECISION(x, expm1)
#define log(x) OF_PRECISION(x, log)
#define log1p(x) OF_PRECISION(x, log1p)
#define tanh(x) OF_PRECISION(x, tanh)
#define erfc(x) OF_PRECISION(x, erfc)

#endif
