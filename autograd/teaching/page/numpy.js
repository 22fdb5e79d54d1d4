// A small NumPy: the functions and methods that programs call, each with its arguments, its options and its result's dtype.

const both = (x, y) => [nd(x), nd(y)];
const range = (n) => [...Array(n).keys()];
const list = (x) => (x instanceof Nd ? Array.from(x.whole().data) : [x].flat());
const filled = (shape, value, dtype) => { const out = new Nd(list(shape), dtype); out.data.fill(Number(value)); return out; };

/** Products of matrices; all dims but the last two are broadcast. */
function matmul(x, y, dtype) {
  const [a, b] = both(x, y);
  if (!a.shape.length || !b.shape.length) return elementwise((a.im || b.im ? COMPLEX : REAL).multiply, [a, b], dtype);
  const p = a.shape.length === 1 ? a.view([1, ...a.shape], [0, ...a.strides]) : a;
  const q = b.shape.length === 1 ? b.view([...b.shape, 1], [...b.strides, 0]) : b;
  const [[m, n], k] = [p.shape.slice(-2), q.shape[q.shape.length - 1]];
  const batch = broadcastShapes([p.shape.slice(0, -2), q.shape.slice(0, -2)]);
  const [u, v] = [broadcastTo(p, [...batch, m, n]).whole(), broadcastTo(q, [...batch, n, k]).whole()];
  const out = new Nd([...batch, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [k])], dtype);
  const add = (to, s, t, factor) => {
    for (let e = 0; e < sizeOf(batch); e++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < k; j++) {
          let sum = 0;
          for (let l = 0; l < n; l++) sum += s[(e * m + i) * n + l] * t[(e * n + l) * k + j];
          to[(e * m + i) * k + j] += factor * sum;
        }
      }
    }
  };
  add(out.data, u.data, v.data, 1);
  if (u.im && v.im) add(out.data, u.im, v.im, -1);
  if (v.im) add(out.im, u.data, v.im, 1);
  if (u.im) add(out.im, u.im, v.data, 1);
  return out;
}

function reshape(x, shape) {
  const sizes = list(shape);
  const unknown = sizes.indexOf(-1);
  if (unknown >= 0) sizes[unknown] = x.size / -sizeOf(sizes);
  const strides = stridesFor(x, sizes);
  return strides ? x.view(sizes, strides) : x.copy().view(sizes, stridesOf(sizes), 0);
}

/** The strides of a view in another shape; null if there is none. */
function stridesFor(x, sizes) {
  if (!x.size) return stridesOf(sizes);
  const old = range(x.shape.length).filter((d) => x.shape[d] !== 1);
  const strides = [];
  let [at, left, step] = [old.length, 1, 0];
  for (const n of [...sizes].reverse()) {
    if (n === 1) { strides.unshift(0); continue; }
    if (left === 1) { at--; left = x.shape[old[at]]; step = x.strides[old[at]]; }
    while (left % n) {
      at--;
      if (at < 0 || x.strides[old[at]] !== step * left) return null;
      left *= x.shape[old[at]];
    }
    strides.unshift(step);
    step *= n;
    left /= n;
  }
  return strides;
}

function transpose(x, ...axes) {
  const order = axes.length && axes[0] !== null ? axesOf(axes.flat(), x.shape.length) : range(x.shape.length).reverse();
  return x.view(order.map((d) => x.shape[d]), order.map((d) => x.strides[d]));
}

function moveaxis(x, from, to) {
  const dims = x.shape.length;
  const [sources, places] = [axesOf(from, dims), axesOf(to, dims)];
  const order = range(dims).filter((d) => !sources.includes(d));
  places.map((place, k) => [place, sources[k]]).sort((a, b) => a[0] - b[0]).forEach(([place, source]) => order.splice(place, 0, source));
  return transpose(x, order);
}

function swapaxes(x, a, b) {
  const order = range(x.shape.length);
  const [i, j] = axesOf([a, b], order.length);
  [order[i], order[j]] = [j, i];
  return transpose(x, order);
}

const getitem = (x, key) => { const { view, shape, places } = at(x, key); return places ? x.taken(places, shape) : view; };
function setitem(x, key, value) {
  const { view, shape, places } = at(x, key);
  x.write(places || view.places(), nd(value).copy(), shape);
}

/** Elements picked along an axis, or of the array as one row. */
function take(x, indices, { axis = null } = {}) {
  const flat = axis === null ? reshape(x, [-1]) : x;
  const before = range(axesOf(axis ?? 0, flat.shape.length)[0]).map(() => ({ slice: [null, null, null] }));
  return getitem(flat, [...before, nd(indices)]);
}

/** Indices along dim d of several, which broadcast with those along the others. */
const indicesAlong = (d, dims, indices) =>
  reshape(new Nd([indices.length], "l", Float64Array.from(indices)), range(dims).map((k) => (k === d ? indices.length : 1)));

/** The key of the elements that indices pick along an axis. */
const along = (x, indices, axis) => {
  const { shape } = indices;
  const d = axesOf(axis, shape.length)[0];
  return shape.map((n, k) => (k === d ? indices : indicesAlong(k, shape.length, range(n))));
};

function concatenate(arrays, axis, dtype) {
  const parts = arrays.map(nd);
  const d = axesOf(axis ?? 0, parts[0].shape.length)[0];
  const shape = parts[0].shape.map((n, i) => (i === d ? parts.reduce((sum, p) => sum + p.shape[d], 0) : n));
  const out = new Nd(shape, dtype);
  let offset = 0;
  for (const part of parts) {
    const view = out.view(part.shape, out.strides, offset);
    view.write(view.places(), part);
    offset += part.shape[d] * out.strides[d];
  }
  return out;
}

/** The scan of rows with a function of two numbers. */
function accumulate(f, x, axis, dtype) {
  const moved = moveaxis(x, axis ?? 0, -1);
  const out = new Nd(moved.shape, dtype);
  alongAxes(moved, -1, ({ data }, from, length) => {
    for (let k = from; k < from + length; k++) out.data[k] = k === from ? data[k] : f(out.data[k - 1], data[k]);
  });
  return moveaxis(out, -1, axis ?? 0);
}

/** For each row the position of the first element that `better` prefers to all before it; NaN wins. */
function best(better, x, { axis = null, keepdims = false }) {
  const found = [];
  const shape = alongAxes(x, axis, ({ data }, from, length) => {
    let k = from;
    for (let j = from + 1; j < from + length; j++) if (!Number.isNaN(data[k]) && (better(data[j], data[k]) || Number.isNaN(data[j]))) k = j;
    found.push(k - from);
  });
  const kept = x.shape.map((n, i) => (axesOf(axis, x.shape.length).includes(i) ? 1 : n));
  return new Nd(keepdims ? kept : shape, "l", Float64Array.from(found));
}

function sorted(x, { axis = -1 }, indices) {
  const moved = moveaxis(x, axis, -1);
  const out = new Nd(moved.shape, indices ? "l" : x.dtype);
  alongAxes(moved, -1, ({ data }, from, length) => {
    const order = range(length).sort((a, b) => {
      const [p, q] = [data[from + a], data[from + b]];
      return Number.isNaN(p) || Number.isNaN(q) ? Number.isNaN(p) - Number.isNaN(q) : p - q || a - b;
    });
    order.forEach((k, i) => { out.data[from + i] = indices ? k : data[from + k]; });
  });
  return moveaxis(out, -1, axis);
}

/** Zeros of a shape with values added at places. */
function added(x, shape, key, dtype) {
  const out = new Nd(list(shape), dtype);
  addAt(out, key, x);
  return out;
}

function addAt(out, key, value) {
  const { view, shape, places } = at(out, key);
  const { data, im } = broadcastTo(nd(value), shape).whole();
  (places || view.places()).forEach((at, k) => {
    out.data[at] += data[k];
    if (out.im && im) out.im[at] += im[k];
  });
}

const triangle = (inside) => (x, k, dtype) => {
  const out = x.as(dtype).copy();
  const [rows, columns] = x.shape.slice(-2);
  for (let i = 0; i < out.data.length; i++) if (!inside((i % columns) - (Math.floor(i / columns) % rows), Number(k ?? 0))) out.data[i] = 0;
  return out;
};

const reduction = (f, start) => (x, options, dtype) => {
  const table = nd(x).im ? COMPLEX : REAL;
  return reduce(typeof f === "string" ? table[f] : f, start, nd(x), options, dtype);
};
const axisFirst = (call) => ([x, axis = null], options, dtype) => call(x, { axis, ...options }, dtype);
const REDUCTIONS = {
  sum: reduction("add", 0), prod: reduction("multiply", 1), max: reduction(REAL.maximum), min: reduction(REAL.minimum),
  any: reduction((x, y) => Number(x !== 0 || y !== 0), 0), all: reduction((x, y) => Number(x !== 0 && y !== 0), 1),
  mean: (x, options, dtype) => {
    const count = sizeOf(axesOf(options.axis, x.shape.length).map((d) => x.shape[d]));
    return elementwise((v) => (Array.isArray(v) ? v.map((each) => each / count) : v / count), [REDUCTIONS.sum(x, options, dtype)], dtype);
  },
  var: (x, { axis, keepdims, ddof = 0 }, dtype) => {
    const [mean, count] = [REDUCTIONS.mean(x, { axis, keepdims: true }, "d"), sizeOf(axesOf(axis, x.shape.length).map((d) => x.shape[d]))];
    const squares = elementwise((a, b) => (a - b) ** 2, [x, mean], "d");
    return elementwise((v) => v / (count - ddof), [REDUCTIONS.sum(squares, { axis, keepdims }, "d")], dtype);
  },
  argmax: (x, options) => best((a, b) => a > b, x, options), argmin: (x, options) => best((a, b) => a < b, x, options),
  cumsum: (x, { axis }, dtype) => accumulate(REAL.add, axis === null ? reshape(x, [-1]) : x, axis, dtype),
  cumprod: (x, { axis }, dtype) => accumulate(REAL.multiply, axis === null ? reshape(x, [-1]) : x, axis, dtype),
};

/** What a program calls: `(arguments, options, dtype of the result) => result`. */
const NUMPY = {
  reshape: ([x, ...shape]) => reshape(x, shape.flat()), ravel: ([x]) => reshape(x, [-1]), flatten: ([x]) => reshape(x.copy(), [-1]),
  transpose: ([x, ...axes]) => transpose(x, ...axes), swapaxes: ([x, a, b]) => swapaxes(x, a, b), moveaxis: ([x, a, b]) => moveaxis(x, a, b),
  _windows_of: ([x, axis, size, step]) => {
    const shape = x.shape.map((n, d) => (d === axis ? Math.floor((n - size) / step) + 1 : n));
    return x.view([...shape, size], [...x.strides.map((s, d) => (d === axis ? s * step : s)), x.strides[axis]]);
  },
  accumulate: ([x, axis, step], o, dtype) => {
    const turned = (y) => (step < 0 ? NUMPY.flip([y, axis], {}) : y);
    return turned(accumulate(REAL.add, turned(x), axis, dtype));
  },
  squeeze: ([x, axis], o) => {
    const axes = axis ?? o.axis;
    const gone = axes === undefined ? range(x.shape.length).filter((d) => x.shape[d] === 1) : axesOf(axes, x.shape.length);
    const left = range(x.shape.length).filter((d) => !gone.includes(d));
    return x.view(left.map((d) => x.shape[d]), left.map((d) => x.strides[d]));
  },
  expand_dims: ([x, axis], o) => {
    const axes = axesOf(axis ?? o.axis, x.shape.length + [axis ?? o.axis].flat().length);
    return getitem(x, range(x.shape.length + axes.length).map((d) => (axes.includes(d) ? null : { slice: [null, null, null] })));
  },
  broadcast_to: ([x, shape]) => broadcastTo(nd(x), list(shape)), view: ([x]) => x,
  unsigned: ([x]) => elementwise((v) => (v < 0 ? v + 2 ** 64 : v), [x], "l"),
  __getitem__: ([x, key]) => getitem(x, key), take: ([x, i, axis], o) => take(nd(x), i, { axis: axis ?? o.axis }),
  take_along_axis: ([x, i, axis], o) => getitem(x, along(x, i, axis ?? o.axis)), diagonal: ([x, k = 0, a = 0, b = 1], o) => {
    const [offset, i, j] = [o.offset ?? k, ...axesOf([o.axis1 ?? a, o.axis2 ?? b], x.shape.length)];
    const rest = range(x.shape.length).filter((d) => d !== i && d !== j);
    const n = Math.max(0, Math.min(x.shape[i] + Math.min(offset, 0), x.shape[j] - Math.max(offset, 0)));
    const start = x.offset + Math.max(-offset, 0) * x.strides[i] + Math.max(offset, 0) * x.strides[j];
    return x.view([...rest.map((d) => x.shape[d]), n], [...rest.map((d) => x.strides[d]), x.strides[i] + x.strides[j]], start);
  },
  concatenate: ([xs, axis], o, dtype) => concatenate(xs, axis ?? o.axis, dtype),
  stack: ([xs, axis], o, dtype) => concatenate(xs.map((x) => NUMPY.expand_dims([nd(x), axis ?? o.axis ?? 0], {})), axis ?? o.axis ?? 0, dtype),
  flip: ([x, axis], o) => {
    const axes = axesOf(axis ?? o.axis, x.shape.length);
    return getitem(x, x.shape.map((_, d) => ({ slice: [null, null, axes.includes(d) ? -1 : null] })));
  },
  roll: ([x, shift, axis], o) => {
    const axes = axis ?? o.axis;
    if (axes === undefined || axes === null) return reshape(NUMPY.roll([reshape(x, [-1]), shift, 0], {}), x.shape);
    return [axes].flat().reduce((y, d, k) => {
      const [n, s] = [y.shape[axesOf(d, y.shape.length)[0]], [shift].flat()[k] ?? shift];
      return take(y, new Nd([n], "l", Float64Array.from(range(n), (i) => modulo(i - s, n))), { axis: d });
    }, x);
  },
  repeat: ([x, n, axis], o) => {
    const d = axis ?? o.axis ?? null;
    const count = d === null ? x.size : x.shape[axesOf(d, x.shape.length)[0]];
    const times = list(n);
    const order = range(count).flatMap((i) => new Array(times[times.length > 1 ? i : 0]).fill(i));
    return take(x, new Nd([order.length], "l", Float64Array.from(order)), { axis: d });
  },
  triu: ([x, k], o, dtype) => triangle((over, k) => over >= k)(x, k ?? o.k, dtype),
  tril: ([x, k], o, dtype) => triangle((over, k) => over <= k)(x, k ?? o.k, dtype),
  zeros: ([shape], _, dtype) => filled(shape, 0, dtype), ones: ([shape], _, dtype) => filled(shape, 1, dtype),
  empty: ([shape], _, dtype) => filled(shape, 0, dtype), full: ([shape, v], o, dtype) => filled(shape, v ?? o.fill_value, dtype),
  zeros_like: ([x], o, dtype) => filled(o.shape ?? x.shape, 0, dtype), ones_like: ([x], o, dtype) => filled(o.shape ?? x.shape, 1, dtype),
  empty_like: ([x], o, dtype) => filled(o.shape ?? x.shape, 0, dtype),
  full_like: ([x, v], o, dtype) => filled(o.shape ?? x.shape, v ?? o.fill_value, dtype),
  astype: ([x], _, dtype) => x.as(dtype).copy(), copy: ([x]) => x.copy(),
  real: ([x], _, dtype) => new Nd(x.shape, dtype, x.data, null, x.strides, x.offset),
  imag: ([x], _, dtype) => new Nd(x.shape, dtype, x.im, null, x.strides, x.offset),
  angle: ([x], _, dtype) => elementwise(COMPLEX.angle, [x.as("D")], dtype),
  _of_parts: ([re, im], _, dtype) => elementwise(([a], [b]) => [a, b], [re, im], dtype), round: ([x, decimals = 0], o, dtype) => {
    const scale = 10 ** (o.decimals ?? decimals);
    return elementwise((v) => even(v * scale) / scale, [x], dtype);
  },
  constant_pad: ([x, widths, value], _, dtype) => {
    const out = filled(x.shape.map((n, d) => n + widths[d][0] + widths[d][1]), value, dtype);
    const inside = out.view(x.shape, out.strides, widths.reduce((sum, [before], d) => sum + before * out.strides[d], 0));
    inside.write(inside.places(), x);
    return out;
  },
  dot: ([x, y], _, dtype) => matmul(x, y, dtype), matmul: ([x, y], _, dtype) => matmul(x, y, dtype), mm: ([x, y], _, dtype) => matmul(x, y, dtype),
  "multiply.outer": ([x, y], _, dtype) => NUMPY.multiply([reshape(x, [...x.shape, ...y.shape.map(() => 1)]), y], {}, dtype),
  clip: ([x, low, high], o, dtype) => elementwise(REAL.clip, [x, low ?? o.min ?? -Infinity, high ?? o.max ?? Infinity], dtype),
  sort: ([x, axis = -1], o) => sorted(x, { axis, ...o }), argsort: ([x, axis = -1], o) => sorted(x, { axis, ...o }, true),
  trace: ([x], _, dtype) => REDUCTIONS.sum(NUMPY.diagonal([x], {}), { axis: -1 }, dtype),
  pow: ([x, y], _, dtype) => elementwise((nd(x).im || nd(y).im ? COMPLEX : REAL).power, [x, y], dtype),
  // writes
  __setitem__: ([x, key, value]) => setitem(x, key, value), put: ([x, i, value]) => setitem(reshape(x, [-1]), nd(i), value),
  fill: ([x, value]) => setitem(x, { ellipsis: 1 }, value), "add.at": ([x, key, value]) => addAt(x, key, value),
  copyto: ([x, value, where = true], o) => {
    const mask = broadcastTo(nd(o.where ?? where), x.shape).whole().data;
    const places = x.places();
    const source = broadcastTo(nd(value).as(x.dtype), x.shape).whole();
    const chosen = range(places.length).filter((k) => mask[k]);
    x.write(chosen.map((k) => places[k]), source.taken(chosen, [chosen.length]), [chosen.length]);
  },
  put_along_axis: ([x, i, value, axis]) => setitem(x, along(x, i, axis), value),
};
for (const [name, call] of Object.entries(REDUCTIONS)) NUMPY[name] = axisFirst(call);
const REDUCTION_OF = {
  add: "sum", multiply: "prod", maximum: "max", minimum: "min", logical_or: "any", logical_and: "all", bitwise_or: "any",
  bitwise_and: "all",
};
for (const [ufunc, name] of Object.entries(REDUCTION_OF)) {
  NUMPY[`${ufunc}.reduce`] = ([x, axis = 0], options, dtype) => REDUCTIONS[name](x, { axis, ...options }, dtype);
  NUMPY[`${ufunc}.accumulate`] = ([x, axis = 0], options, dtype) => accumulate(REAL[ufunc], x, options.axis ?? axis, dtype);
}
for (const name of Object.keys({ ...REAL, ...COMPLEX })) {
  NUMPY[name] ||= (args, _, dtype) => {
    const table = args.some((x) => x instanceof Nd && x.im) ? COMPLEX : REAL;
    return elementwise(table[name], args, dtype);
  };
}
NUMPY.invert = ([x], _, dtype) => elementwise(x.dtype === "?" ? (v) => !v : (v) => -v - 1, [x], dtype);
