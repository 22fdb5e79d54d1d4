"""Functions: what a kernel computes of an element in C, and the C that it is written with.

`+ - × ÷`, minima, comparisons and the like are what the processor does, so that they are equal to NumPy's bit for bit.
exp, log, tanh and the others are within 4 units in the last place: float32 only, without branches, so that the C
compiler makes vector code of the loops that they stand in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.special.error_function import _ERF_SINGLE, _erf

#: The C type of each dtype that a kernel knows.
TYPES = {
    "bool": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long long",
    "uint8": "unsigned char", "uint16": "unsigned short", "uint32": "unsigned", "uint64": "unsigned long long",
    "float32": "float", "float64": "double",
}  # fmt: skip

_FLOATS, _INTS = "fd", "bhilqBHILQ"
_NUMBERS = _FLOATS + _INTS
#: For each ufunc, the characters of the dtypes in which it is computed, and its C; {f} is f for float.
_UFUNCS: list[tuple[np.ufunc, str, str]] = [
    (np.add, _NUMBERS, "{0} + {1}"), (np.subtract, _NUMBERS, "{0} - {1}"), (np.multiply, _NUMBERS, "{0} * {1}"),
    (np.true_divide, _FLOATS, "{0} / {1}"), (np.negative, _NUMBERS, "-{0}"), (np.positive, _NUMBERS, "{0}"),
    (np.square, _NUMBERS, "{0} * {0}"), (np.reciprocal, _FLOATS, "1 / {0}"),
    (np.maximum, _NUMBERS, "({0} != {0} || {0} > {1} ? {0} : {1})"),
    (np.minimum, _NUMBERS, "({0} != {0} || {0} < {1} ? {0} : {1})"),
    (np.absolute, _FLOATS, "__builtin_fabs{f}({0})"), (np.sqrt, _FLOATS, "__builtin_sqrt{f}({0})"),
    (np.floor, _FLOATS, "__builtin_floor{f}({0})"), (np.ceil, _FLOATS, "__builtin_ceil{f}({0})"),
    (np.trunc, _FLOATS, "__builtin_trunc{f}({0})"), (np.rint, _FLOATS, "__builtin_rint{f}({0})"),
    (np.copysign, _FLOATS, "__builtin_copysign{f}({0}, {1})"),
    (np.sign, _FLOATS, "({0} > 0 ? 1 : {0} < 0 ? -1 : {0} == 0 ? 0 : {0})"),
    (np.less, _NUMBERS + "?", "{0} < {1}"), (np.less_equal, _NUMBERS + "?", "{0} <= {1}"),
    (np.greater, _NUMBERS + "?", "{0} > {1}"), (np.greater_equal, _NUMBERS + "?", "{0} >= {1}"),
    (np.equal, _NUMBERS + "?", "{0} == {1}"), (np.not_equal, _NUMBERS + "?", "{0} != {1}"),
    (np.logical_and, _NUMBERS + "?", "({0} != 0) & ({1} != 0)"),
    (np.logical_or, _NUMBERS + "?", "({0} != 0) | ({1} != 0)"),
    (np.logical_xor, _NUMBERS + "?", "({0} != 0) ^ ({1} != 0)"), (np.logical_not, _NUMBERS + "?", "{0} == 0"),
    (np.bitwise_and, _INTS + "?", "{0} & {1}"), (np.bitwise_or, _INTS + "?", "{0} | {1}"),
    (np.bitwise_xor, _INTS + "?", "{0} ^ {1}"), (np.invert, _INTS, "~{0}"), (np.invert, "?", "{0} ^ 1"),
    (np.isnan, _FLOATS, "{0} != {0}"), (np.isfinite, _FLOATS, "{0} - {0} == 0"),
    (np.isinf, _FLOATS, "__builtin_fabs{f}({0}) == __builtin_inf{f}()"),
    *[(ufunc, "f", ufunc.__name__ + "_({0})") for ufunc in (
        np.exp, np.expm1, np.log, np.log1p, np.tanh, np.sin, np.cos
    )],
]  # fmt: skip
#: The same by ufunc and character.
OF_UFUNCS = {(ufunc, char): text for ufunc, chars, text in _UFUNCS for char in chars}
#: The functions whose values are not equal to NumPy's in every bit.
APPROXIMATE: tuple[Any, ...] = (np.exp, np.expm1, np.log, np.log1p, np.tanh, np.sin, np.cos, _erf)
#: Where -0.0 meets 0.0, an older NumPy returns the bound, as it does in 2.0.
_OR_EQUAL = "" if np.signbit(np.clip(np.array([-0.0]), 0, 1)[0]) else "="
_RAISED = f"({{1}} != {{1}} || {{0}} <{_OR_EQUAL} {{1}} ? {{1}} : {{0}})"
#: np.clip, of which the bounds are numbers.
CLIP = f"{{2}} != {{2}} || {_RAISED} >{_OR_EQUAL} {{2}} ? {{2}} : {_RAISED}"
#: Forwards of primitives that are one statement.
OF_FORWARDS: dict[Any, str] = {_erf: "erf_({0})"}


def _polynomial(coefficients: tuple[float, ...], x: str) -> str:
    """A polynomial in C, the highest power first."""
    text = f"{coefficients[0]!r}f"
    for c in coefficients[1:]:
        text = f"MULTIPLY_ADD({text}, {x}, {c!r}f)"
    return text


def _series(first: int, last: int, x: str) -> str:
    """1/first! + x / (first + 1)! + … up to the power last - first, in C."""
    factorial = [1.0]
    for i in range(1, last + 1):
        factorial.append(factorial[-1] * i)
    return _polynomial(tuple([1 / factorial[i] for i in range(last, first - 1, -1)]), x)


#: What stands before the kernels. Sums add as NumPy does: pairwise, in blocks of 128, with eight sums in each.
PRELUDE = (
    """
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif
#ifdef __APPLE__
#define SYMBOL "_"
#else
#define SYMBOL
#endif
#if defined(__linux__)
#include <features.h>
#endif
#define DATA(array) (*(char **)((char *)(array) + HEAD))
void *address(void *array) { return DATA(array); }

/* The C library's, of which glibc has vector code; under other names, as gcc makes one call of sinf and cosf. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#define VECTOR simd("notinbranch"),
#else
#define VECTOR
#endif
__attribute__((VECTOR const)) float sin_(float) __asm__(SYMBOL "sinf");
__attribute__((VECTOR const)) float cos_(float) __asm__(SYMBOL "cosf");

/* Within the functions the sum of a product is rounded once where the processor can. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MULTIPLY_ADD(a, b, c) __builtin_fmaf(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
static inline float of_bits(int bits) { union { int bits; float value; } u = {bits}; return u.value; }
static inline int bits_of(float x) { union { float value; int bits; } u = {x}; return u.bits; }

/* exp x = 2^n exp r, with r = x - n log 2, |r| <= log(2) / 2; log 2 in two parts, so that r is exact. */
#define LOG_2_HIGH 0.693359375f
#define LOG_2_LOW -2.12194440e-4f
static inline float limited(float x, float low, float high) { x = x > high ? high : x; return x < low ? low : x; }
static inline float exponent(float x) { return __builtin_rintf(x * 1.44269504f); }
static inline float rest(float x, float n) { return MULTIPLY_ADD(n, -LOG_2_LOW, MULTIPLY_ADD(n, -LOG_2_HIGH, x)); }
static inline float exp_less_1(float r) { return MULTIPLY_ADD(r * r, SERIES_2, r); }
static inline float exp_(float x) {
  x = limited(x, -104, 89);
  float n = exponent(x);
  int i = (int)n, half = i / 2;
  return (exp_less_1(rest(x, n)) + 1) * of_bits((half + 127) << 23) * of_bits((i - half + 127) << 23);
}
static inline float expm1_(float x) {
  float z = limited(x, -20, 89), n = exponent(z), s = of_bits(((int)n + 126) << 23);
  float y = n == 0 ? exp_less_1(z) : (exp_less_1(rest(z, n)) * s + (s - 0.5f)) * 2;
  return x == 0 ? x : y;
}

/* log x = k log 2 + log(1 + f), 1 + f from sqrt(1/2) to sqrt 2; with s = f / (2 + f), log(1 + f) = 2 atanh s. */
static inline float log_(float x) {
  int small = x < 1.17549435e-38f;
  float y = small ? x * 8388608.0f : x;
  int bits = bits_of(y), k = (bits - 0x3f3504f3) >> 23;
  float f = of_bits(bits - (k << 23)) - 1, s = f / (2 + f), z = s * s, h = 0.5f * f * f, n = k - (small ? 23 : 0);
  float r = z * ATANH;
  y = n * LOG_2_HIGH + (f - (h - (s * (h + r) + n * LOG_2_LOW)));
  y = x < 0 ? __builtin_nanf("") : x == 0 ? -__builtin_inff() : y;
  return x != x || x == __builtin_inff() ? x : y;
}
static inline float log1p_(float x) {
  float u = 1 + x, y = log_(u) + (x - (u - 1)) / u;
  return x == 0 || u == __builtin_inff() ? x : u == 0 ? -__builtin_inff() : y;
}

static inline float tanh_(float x) {
  float t = expm1_(limited(2 * __builtin_fabsf(x), 0, 20));
  return __builtin_copysignf(t / (t + 2), x);
}
static inline float erf_(float x) {
  float z = limited(x, -4.2f, 4.2f), w = z * z;
  return tanh_(MULTIPLY_ADD(z, ERF_ABOVE / (ERF_BELOW), z));
}

#define REDUCTIONS(T, f) \\
  static T sum_##f(const T *x, long n) { \\
    if (n < 8) { T s = -0.0; for (long i = 0; i < n; i++) s += x[i]; return s; } \\
    if (n > 128) { long half = n / 2; half -= half % 8; return sum_##f(x, half) + sum_##f(x + half, n - half); } \\
    T r[8]; for (int k = 0; k < 8; k++) r[k] = x[k]; \\
    long i = 8; for (; i < n - n % 8; i += 8) for (int k = 0; k < 8; k++) r[k] += x[i + k]; \\
    T s = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7])); \\
    for (; i < n; i++) s += x[i]; \\
    return s; } \\
  static inline T max_of_##f(T a, T b) { return a != a || a > b ? a : b; } \\
  static inline T min_of_##f(T a, T b) { return a != a || a < b ? a : b; } \\
  static T max_##f(const T *x, long n) { EXTREME(T, max_of_##f) } \\
  static T min_##f(const T *x, long n) { EXTREME(T, min_of_##f) }
#define EXTREME(T, better) \\
  T r[16], m = x[0]; long i = 0; \\
  if (n >= 16) { \\
    for (int k = 0; k < 16; k++) r[k] = x[k]; \\
    for (i = 16; i <= n - 16; i += 16) for (int k = 0; k < 16; k++) r[k] = better(r[k], x[i + k]); \\
    for (int k = 0; k < 16; k++) m = better(m, r[k]); } \\
  for (; i < n; i++) m = better(m, x[i]); \\
  return m;
REDUCTIONS(float, f)
REDUCTIONS(double, d)
""".replace("SERIES_2", _series(2, 7, "r"))
    .replace("ATANH", _polynomial((2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3), "z"))
    .replace("ERF_ABOVE", _polynomial(_ERF_SINGLE[0], "w"))
    .replace("ERF_BELOW", _polynomial(_ERF_SINGLE[1], "w"))
)
