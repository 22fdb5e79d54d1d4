// Rules: the forward and the derivatives of the primitives that the page can compute itself, after a leaf was changed.
// A value is a number, or an array { shape, data } in row-major order; null is an unknown value.

const isArray = (v) => v !== null && typeof v === "object";
const shapeOf = (v) => (isArray(v) ? v.shape : []);
const isKnown = (v) => v !== null && v !== undefined && !(isArray(v) && v.thinned);

/** Apply f elementwise, broadcasting the values against each other. */
function broadcast(f, values) {
  if (!values.some(isArray)) return f(...values);
  const rank = Math.max(...values.map((v) => shapeOf(v).length));
  const shape = Array(rank).fill(1);
  for (const v of values) {
    shapeOf(v).forEach((n, i) => {
      const dim = rank - shapeOf(v).length + i;
      if (n !== 1) shape[dim] = n;
    });
  }
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Array(size);
  const place = Array(rank).fill(0);
  for (let k = 0; k < size; k++) {
    data[k] = f(...values.map((v) => {
      if (!isArray(v)) return v;
      let at = 0;
      v.shape.forEach((n, i) => { at = at * n + (n === 1 ? 0 : place[rank - v.shape.length + i]); });
      return v.data[at];
    }));
    for (let i = rank - 1; i >= 0 && ++place[i] === shape[i]; i--) place[i] = 0;
  }
  return { shape, data };
}

/** Sum v to a smaller shape that broadcasts to its own: this undoes broadcasting. */
function sumTo(v, shape) {
  if (!isArray(v)) return v;
  if (v.shape.join() === shape.join()) return v;
  const lead = v.shape.length - shape.length;
  const data = Array(shape.reduce((a, b) => a * b, 1)).fill(0);
  const place = Array(v.shape.length).fill(0);
  for (const x of v.data) {
    let at = 0;
    shape.forEach((n, i) => { at = at * n + (n === 1 ? 0 : place[lead + i]); });
    data[at] += x;
    for (let i = place.length - 1; i >= 0 && ++place[i] === v.shape[i]; i--) place[i] = 0;
  }
  return shape.length ? { shape, data } : data[0];
}

/** Round v to the precision of a dtype. */
function rounded(v, dtype) {
  if (dtype !== "float32") return v;
  return isArray(v) ? { shape: v.shape, data: v.data.map(Math.fround) } : Math.fround(v);
}

const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const share = (larger, tie) => (larger ? 1 : tie ? 0.5 : 0);
const modulo = (x, y) => x - y * Math.floor(x / y);

/** The nearest integer; at a tie, the even one. */
function nearest(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

// As in the engine: the forward, then a vector-Jacobian product for each argument. Here every rule takes the same
// arguments: the cotangent g, the arguments x and y, and the output out.
const unary = (forward, x) => ({ of: ["x"], forward, x: (g, v, _, out) => x(g, v, out) });
const binary = (forward, x, y) => ({ of: ["x", "y"], forward, x, y });

const RULES = {
  add: binary((x, y) => x + y, (g) => g, (g) => g),
  sub: binary((x, y) => x - y, (g) => g, (g) => -g),
  mul: binary((x, y) => x * y, (g, x, y) => g * y, (g, x) => g * x),
  div: binary((x, y) => x / y, (g, x, y) => g / y, (g, x, y) => (-g * (x / y)) / y),
  maximum: binary(Math.max, (g, x, y) => g * share(x > y, x === y), (g, x, y) => g * share(y > x, x === y)),
  minimum: binary(Math.min, (g, x, y) => g * share(x < y, x === y), (g, x, y) => g * share(y < x, x === y)),
  pow: binary((x, y) => x ** y, (g, x, y) => (y === 0 ? 0 : g * y * x ** (y - 1)),
    (g, x, y, out) => (y === 0 || (x === 0 && y >= 0) ? 0 : g * out * Math.log(x))),
  atan2: binary(Math.atan2, (g, x, y) => (g * y) / (x * x + y * y), (g, x, y) => (-g * x) / (x * x + y * y)),
  hypot: binary(Math.hypot, (g, x, _, out) => (g * x) / out, (g, _, y, out) => (g * y) / out),
  remainder: binary(modulo, (g) => g, (g, x, y) => -g * Math.floor(x / y)),
  fmod: binary((x, y) => x % y, (g) => g, (g, x, y) => -g * Math.trunc(x / y)),
  floor_divide: binary((x, y) => Math.floor(x / y), () => 0, () => 0),
  clamp: {
    of: ["x", "low", "high"],
    forward: (x, low, high) => Math.min(Math.max(x, low), high),
    x: (g, x, low, out) => (out === x ? g : 0),
  },
  pow_number: { of: ["x", "exponent"], forward: (x, n) => x ** n, x: (g, x, n) => (n === 0 ? 0 : g * n * x ** (n - 1)) },
  exp_number: { of: ["base", "y"], forward: (a, y) => a ** y, y: (g, a, _, out) => g * out * Math.log(a) },
  neg: unary((x) => -x, (g) => -g),
  square: unary((x) => x * x, (g, x) => g * 2 * x),
  sqrt: unary(Math.sqrt, (g, x, out) => g / (2 * out)),
  root: unary(Math.sqrt, (g, x, out) => (out === 0 ? 0 : g / (2 * out))),
  rsqrt: unary((x) => 1 / Math.sqrt(x), (g, x, out) => g * -0.5 * out ** 3),
  reciprocal: unary((x) => 1 / x, (g, x, out) => -g * out * out),
  exp: unary(Math.exp, (g, x, out) => g * out),
  exp2: unary((x) => 2 ** x, (g, x, out) => g * out * Math.LN2),
  expm1: unary(Math.expm1, (g, x, out) => g * (out + 1)),
  log: unary(Math.log, (g, x) => g / x),
  log1p: unary(Math.log1p, (g, x) => g / (1 + x)),
  log2: unary(Math.log2, (g, x) => g / (x * Math.LN2)),
  log10: unary(Math.log10, (g, x) => g / (x * Math.LN10)),
  sin: unary(Math.sin, (g, x) => g * Math.cos(x)),
  cos: unary(Math.cos, (g, x) => -g * Math.sin(x)),
  tan: unary(Math.tan, (g, x, out) => g * (1 + out * out)),
  asin: unary(Math.asin, (g, x) => g / Math.sqrt(1 - x * x)),
  acos: unary(Math.acos, (g, x) => -g / Math.sqrt(1 - x * x)),
  atan: unary(Math.atan, (g, x) => g / (1 + x * x)),
  sinh: unary(Math.sinh, (g, x) => g * Math.cosh(x)),
  cosh: unary(Math.cosh, (g, x) => g * Math.sinh(x)),
  tanh: unary(Math.tanh, (g, x, out) => g * (1 - out * out)),
  asinh: unary(Math.asinh, (g, x) => g / Math.sqrt(x * x + 1)),
  acosh: unary(Math.acosh, (g, x) => g / (Math.sqrt(x - 1) * Math.sqrt(x + 1))),
  atanh: unary(Math.atanh, (g, x) => g / (1 - x * x)),
  sigmoid: unary(sigmoid, (g, x, out) => g * out * (1 - out)),
  log_sigmoid: unary((x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))), (g, x) => g * sigmoid(-x)),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (g, x) => g * sigmoid(x)),
  relu: unary((x) => (x > 0 || Number.isNaN(x) ? x : 0), (g, x, out) => (out > 0 ? g : 0)),
  abs: unary(Math.abs, (g, x) => g * Math.sign(x)),
  sign: unary(Math.sign, () => 0),
  floor: unary(Math.floor, () => 0),
  ceil: unary(Math.ceil, () => 0),
  trunc: unary(Math.trunc, () => 0),
  round: unary(nearest, () => 0),
  frac: unary((x) => x - Math.trunc(x), (g) => g),
  clone: unary((x) => x, (g) => g),
};

/** The elements of an array; a number counts as an array with one element. */
const elements = (v) => (isArray(v) ? v.data : [v]);
const total = (v) => elements(v).reduce((a, b) => a + b, 0);

// Primitives that are not elementwise: their functions take whole arrays.
const WHOLE = {
  sum: { of: ["x"], forward: total, x: (g, x) => broadcast((e) => g + 0 * e, [x]) },
  mean: {
    of: ["x"],
    forward: (x) => total(x) / elements(x).length,
    x: (g, x) => broadcast(() => g / elements(x).length, [x]),
  },
  mse_loss: {
    of: ["x", "y"],
    forward: (x, y) => total(broadcast((a, b) => (a - b) ** 2, [x, y])) / elements(x).length,
    x: (g, x, y) => broadcast((a, b) => (g * 2 * (a - b)) / elements(x).length, [x, y]),
    y: (g, x, y) => broadcast((a, b) => (g * 2 * (b - a)) / elements(x).length, [x, y]),
  },
};

/** The arguments of an operation in the rule's order; an unknown one is undefined. */
function argumentsOf(node, rule, values) {
  return rule.of.map((name) => {
    const given = node.args.find(([parameter]) => parameter === name);
    return given && given[1] !== null ? values[given[1]] : node.constants[name];
  });
}

/** Why the page cannot recompute the graph; null if it can. */
function obstacle(data) {
  const values = data.nodes.map((n) => n.value);
  for (const node of data.nodes) {
    if (node.kind !== "operation") {
      if (node.value === null) return `the value of ${node.label} was not kept (record the graph inside “with remember():”)`;
      if (!isKnown(node.value)) return `the array ${node.label} is too large to be stored in the page`;
      continue;
    }
    const rule = RULES[node.op] || WHOLE[node.op];
    if (!rule) return `it does not know the operation “${node.op}”`;
    if (WHOLE[node.op] && node.shape.length) return `it knows “${node.op}” only over all elements, to a single number`;
    if (argumentsOf(node, rule, values).some((v) => v === undefined)) return `an argument of ${node.label} was not kept`;
    if (!["float32", "float64"].includes(node.dtype)) return `${node.label} has the dtype ${node.dtype || "unknown"}, and only float32 and float64 are supported`;
  }
  return null;
}

/** Forward and backward with changed leaves, in the same format as the engine's own numbers. */
function recompute(data, changed) {
  const values = [];
  data.nodes.forEach((node, i) => {
    const rule = RULES[node.op] || WHOLE[node.op];
    if (node.kind !== "operation") values.push(i in changed ? rounded(changed[i], node.dtype) : node.value);
    else {
      const given = argumentsOf(node, rule, values);
      values.push(rounded(node.op in RULES ? broadcast(rule.forward, given) : rule.forward(...given), node.dtype));
    }
  });
  const arrived = {};
  const backward = data.backward.map(({ node: i, flows }, k) => {
    const node = data.nodes[i];
    const rule = RULES[node.op] || WHOLE[node.op];
    const given = rule ? argumentsOf(node, rule, values) : [];
    const g = k === 0 ? data.backward[0].g : arrived[i];
    return {
      node: i, g,
      flows: flows.map((flow) => {
        const vjp = rule[flow.parameter];
        const [x, y] = given;
        const computed = rounded(node.op in RULES
          ? broadcast((g, out, x, y) => vjp(g, x, y, out), [g, values[i], x, y === undefined ? 0 : y])
          : vjp(g, x, y), node.dtype);
        const gives = rounded(sumTo(computed, shapeOf(values[flow.to])), node.dtype);
        const before = flow.to in arrived ? arrived[flow.to] : null;
        arrived[flow.to] = before === null ? gives : rounded(broadcast((a, b) => a + b, [before, gives]), node.dtype);
        return { ...flow, computed, gives, before, sum: arrived[flow.to] };
      }),
    };
  });
  return { values, backward };
}
