// Functions of numbers: those of NumPy that work element by element, for real and for complex numbers.

const { PI, abs, exp, log, sqrt, sin, cos, sign } = Math;
const even = (x) => (abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const modulo = (x, y) => { const r = x % y; return r !== 0 && r < 0 !== y < 0 ? r + y : r; };
const either = (choose) => (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : choose(x, y));
/** Bits of whole numbers, also of more than 32. */
const bits = (f) => (x, y) => Number(f(BigInt(x), BigInt(y)));

/** 1 − erf(x), for x from 2.5 on: a continued fraction. */
function tail(x) {
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return exp(-x * x) / sqrt(PI) / (x + fraction);
}

/** The error function, near 0 by its series. */
function erf(x) {
  if (abs(x) >= 2.5) return sign(x) * (1 - tail(abs(x)));
  let [sum, term] = [x, x];
  for (let n = 1; abs(term) > 1e-18 * abs(sum); n++) { term *= -x * x / n; sum += term / (2 * n + 1); }
  return x === 0 ? x : 2 / sqrt(PI) * sum;
}

const REAL = {
  add: (x, y) => x + y, subtract: (x, y) => x - y, multiply: (x, y) => x * y, divide: (x, y) => x / y,
  floor_divide: (x, y) => Math.floor(x / y), remainder: modulo, fmod: (x, y) => x % y,
  power: (x, y) => (x === 1 || (x === -1 && abs(y) === Infinity) ? 1 : x ** y), hypot: Math.hypot, arctan2: Math.atan2,
  negative: (x) => -x, positive: (x) => x, absolute: abs, fabs: abs, square: (x) => x * x, reciprocal: (x) => 1 / x,
  sign: (x) => (x === 0 ? 0 : sign(x)), sqrt, cbrt: Math.cbrt, exp, exp2: (x) => 2 ** x, expm1: Math.expm1,
  log, log2: Math.log2, log10: Math.log10, log1p: Math.log1p, sin, cos, tan: Math.tan, arcsin: Math.asin, arccos: Math.acos,
  arctan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, arcsinh: Math.asinh, arccosh: Math.acosh,
  arctanh: Math.atanh, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, rint: even,
  maximum: (x, y) => Math.max(x, y), minimum: (x, y) => Math.min(x, y), fmax: either(Math.max), fmin: either(Math.min),
  greater: (x, y) => x > y, greater_equal: (x, y) => x >= y, less: (x, y) => x < y, less_equal: (x, y) => x <= y,
  equal: (x, y) => x === y, not_equal: (x, y) => x !== y, logical_and: (x, y) => x !== 0 && y !== 0,
  logical_or: (x, y) => x !== 0 || y !== 0, logical_xor: (x, y) => (x !== 0) !== (y !== 0), logical_not: (x) => x === 0,
  isnan: Number.isNaN, isfinite: Number.isFinite, isinf: (x) => abs(x) === Infinity, signbit: (x) => x < 0 || Object.is(x, -0),
  copysign: (x, y) => (y < 0 || Object.is(y, -0) ? -abs(x) : abs(x)), conjugate: (x) => x, conj: (x) => x,
  logaddexp: (x, y) => (x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(exp(-abs(x - y)))),
  bitwise_and: bits((x, y) => x & y), bitwise_or: bits((x, y) => x | y), bitwise_xor: bits((x, y) => x ^ y),
  left_shift: (x, y) => x * 2 ** y, right_shift: (x, y) => Math.floor(x / 2 ** y), _erf: erf,
  _erfc: (x) => (x >= 2.5 ? tail(x) : 1 - erf(x)), isneginf: (x) => x === -Infinity, isposinf: (x) => x === Infinity,
  clip: (x, low, high) => Math.min(Math.max(x, low), high), where: (c, x, y) => (c ? x : y),
};

const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const over = ([a, b], [c, d]) => { const n = c * c + d * d; return [(a * c + b * d) / n, (b * c - a * d) / n]; };
const expOf = ([a, b]) => [exp(a) * cos(b), exp(a) * sin(b)];
const logOf = ([a, b]) => [log(Math.hypot(a, b)), Math.atan2(b, a)];
const rootOf = ([a, b]) => {
  const r = sqrt((Math.hypot(a, b) + abs(a)) / 2);
  if (r === 0) return [0, b];
  return a >= 0 ? [r, b / (2 * r)] : [abs(b) / (2 * r), b < 0 || Object.is(b, -0) ? -r : r];
};
const plus = ([a, b], [c, d]) => [a + c, b + d];
const minus = ([a, b], [c, d]) => [a - c, b - d];
const sinhOf = ([a, b]) => [Math.sinh(a) * cos(b), Math.cosh(a) * sin(b)];
const coshOf = ([a, b]) => [Math.cosh(a) * cos(b), Math.sinh(a) * sin(b)];
const turned = (f) => ([a, b]) => { const [c, d] = f([-b, a]); return [d, -c]; }; // f(iz) / i

const COMPLEX = {
  add: plus, subtract: minus, multiply: times, divide: over, negative: ([a, b]) => [-a, -b], positive: (z) => z,
  absolute: ([a, b]) => Math.hypot(a, b), square: (z) => times(z, z), reciprocal: (z) => over([1, 0], z),
  conjugate: ([a, b]) => [a, -b], conj: ([a, b]) => [a, -b], angle: ([a, b]) => Math.atan2(b, a), exp: expOf, log: logOf,
  sqrt: rootOf, power: (x, y) => (x[0] || x[1] ? expOf(times(y, logOf(x))) : y[0] || y[1] ? [0, 0] : [1, 0]),
  sin: turned(sinhOf), cos: ([a, b]) => coshOf([-b, a]), sinh: sinhOf, cosh: coshOf,
  tanh: (z) => over(sinhOf(z), coshOf(z)), tan: turned((z) => over(sinhOf(z), coshOf(z))),
  sign: (z) => (z[0] || z[1] ? over(z, [Math.hypot(...z), 0]) : [0, 0]),
  equal: (x, y) => x[0] === y[0] && x[1] === y[1], not_equal: (x, y) => x[0] !== y[0] || x[1] !== y[1],
  logical_not: ([a, b]) => !a && !b, isnan: (z) => z.some(Number.isNaN), isfinite: (z) => z.every(Number.isFinite),
  isinf: (z) => z.some((v) => abs(v) === Infinity), where: ([c], x, y) => (c ? x : y),
};
