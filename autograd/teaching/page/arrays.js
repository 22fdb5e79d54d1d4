// Arrays: as NumPy's, numbers in one typed array with a shape, strides and an offset, so that views share memory.

const KINDS = { f: Float32Array, d: Float64Array, F: Float32Array, D: Float64Array, "?": Uint8Array, l: Float64Array };
const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1);
const stridesOf = (shape) => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

class Nd {
  /** Complex numbers have their imaginary parts in a second typed array, `im`. */
  constructor(shape, dtype, data, im, strides, offset) {
    this.shape = shape;
    this.dtype = dtype;
    this.data = data || new KINDS[dtype](sizeOf(shape));
    this.im = im || (dtype === "F" || dtype === "D" ? new KINDS[dtype](this.data.length) : null);
    this.strides = strides || stridesOf(shape);
    this.offset = offset || 0;
  }

  get size() { return sizeOf(this.shape); }

  view(shape, strides, offset = this.offset) { return new Nd(shape, this.dtype, this.data, this.im, strides, offset); }

  isWhole() { return this.offset === 0 && this.size === this.data.length && String(this.strides) === String(stridesOf(this.shape)); }

  /** For each element in C order, where it stands in `data`. */
  places() {
    let at = [this.offset];
    this.shape.forEach((n, d) => {
      const next = new Int32Array(at.length * n);
      for (let i = 0, k = 0; i < at.length; i++) for (let j = 0; j < n; j++) next[k++] = at[i] + j * this.strides[d];
      at = next;
    });
    return at;
  }

  /** The same elements in C order in memory of their own; itself if they stand so already. */
  whole() { return this.isWhole() ? this : this.taken(this.places(), this.shape); }

  taken(places, shape) {
    const out = new Nd(shape, this.dtype);
    places.forEach((at, k) => { out.data[k] = this.data[at]; });
    if (this.im) places.forEach((at, k) => { out.im[k] = this.im[at]; });
    return out;
  }

  copy() { return this.isWhole() ? new Nd(this.shape, this.dtype, this.data.slice(), this.im && this.im.slice()) : this.whole(); }

  /** With elements of another type. */
  as(dtype) {
    if (dtype === this.dtype) return this;
    const from = this.whole();
    const out = new Nd(this.shape, dtype);
    if (dtype === "?") from.data.forEach((v, k) => { out.data[k] = v !== 0 || (from.im !== null && from.im[k] !== 0); });
    else out.data.set(dtype === "l" ? from.data.map(Math.trunc) : from.data);
    if (out.im && from.im) out.im.set(from.im);
    return out;
  }

  /** Write the elements of `value`, broadcast, at places of the memory. */
  write(places, value, shape = this.shape) {
    const { data, im } = broadcastTo(value.as(this.dtype), shape).whole();
    places.forEach((at, k) => { this.data[at] = data[k]; });
    if (this.im) places.forEach((at, k) => { this.im[at] = im[k]; });
  }
}

const real = (x, dtype = "d") => new Nd([], dtype, KINDS[dtype].of(x));
const complex = ([re, im]) => new Nd([], "D", Float64Array.of(re), Float64Array.of(im));
const nd = (x) => (x instanceof Nd ? x : Array.isArray(x) ? listed(x) : real(Number(x), typeof x === "boolean" ? "?" : "d"));

/** An array of a nested list of numbers. */
function listed(list) {
  const shape = [];
  for (let part = list; Array.isArray(part); part = part[0]) shape.push(part.length);
  return new Nd(shape, "l", Float64Array.from(list.flat(Infinity)));
}

function broadcastShapes(shapes) {
  const out = new Array(Math.max(...shapes.map((s) => s.length))).fill(1);
  for (const shape of shapes) {
    shape.forEach((n, i) => {
      const at = out.length - shape.length + i;
      if (n !== 1) out[at] = n;
    });
  }
  return out;
}

/** A view in which dims of length 1 are repeated. */
function broadcastTo(x, shape) {
  const added = shape.length - x.shape.length;
  if (added < 0) return broadcastTo(x.view(x.shape.slice(-added), x.strides.slice(-added)), shape);
  return x.view(shape, shape.map((n, i) => (i < added || (x.shape[i - added] === 1 && n !== 1) ? 0 : x.strides[i - added])));
}

/** A function of numbers, element by element; of [real, imaginary] pairs if any argument is complex. */
function elementwise(f, args, dtype) {
  const arrays = args.map(nd);
  const shape = broadcastShapes(arrays.map((a) => a.shape));
  const [a, b, c] = arrays.map((x) => (String(x.shape) === String(shape) ? x : broadcastTo(x, shape)).whole());
  const out = new Nd(shape, dtype);
  const [x, y, z] = [a, b, c].map((each) => each && each.data);
  if (out.im || a.im || (b && b.im)) {
    const pair = (v, k) => v && [v.data[k], v.im ? v.im[k] : 0];
    for (let k = 0; k < out.data.length; k++) {
      const got = f(pair(a, k), pair(b, k), pair(c, k));
      out.data[k] = Array.isArray(got) ? got[0] : got;
      if (out.im) out.im[k] = Array.isArray(got) ? got[1] : 0;
    }
  } else if (c) for (let k = 0; k < out.data.length; k++) out.data[k] = f(x[k], y[k], z[k]);
  else if (b) for (let k = 0; k < out.data.length; k++) out.data[k] = f(x[k], y[k]);
  else for (let k = 0; k < out.data.length; k++) out.data[k] = f(x[k]);
  return out;
}

const axesOf = (axis, dims) => (axis === null || axis === undefined ? [...Array(dims).keys()] : [axis].flat()).map((a) => (a < 0 ? a + dims : a));

/** The array with some dims last, as rows of their product: `rows(row, k)` is called for each row with its position. */
function alongAxes(x, axis, row) {
  const axes = axesOf(axis, x.shape.length);
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const turned = x.view([...rest, ...axes].map((i) => x.shape[i]), [...rest, ...axes].map((i) => x.strides[i])).whole();
  const length = sizeOf(axes.map((i) => x.shape[i]));
  const count = sizeOf(rest.map((i) => x.shape[i]));
  for (let k = 0; k < count; k++) row(turned, k * length, length, k);
  return rest.map((i) => x.shape[i]);
}

/** Reduce some dims with a function of two numbers, or of two pairs. */
function reduce(f, start, x, { axis, keepdims }, dtype) {
  const kept = x.shape.map((n, i) => (axesOf(axis, x.shape.length).includes(i) ? 1 : n));
  const sums = [];
  const shape = alongAxes(x, axis, ({ data, im }, from, length) => {
    let total = im ? [start, 0] : start ?? data[from];
    for (let k = from + (start === undefined ? 1 : 0); k < from + length; k++) total = f(total, im ? [data[k], im[k]] : data[k]);
    sums.push(total);
  });
  const out = new Nd(keepdims ? kept : shape, dtype);
  sums.forEach((v, k) => {
    out.data[k] = Array.isArray(v) ? v[0] : v;
    if (out.im) out.im[k] = Array.isArray(v) ? v[1] : 0;
  });
  return out;
}

// -- keys between brackets

/** A view for a key of numbers, slices, new dims and an ellipsis; arrays in it leave their dim as it is. */
function basic(x, key) {
  let { offset } = x;
  const [shape, strides, arrays] = [[], [], []];
  const given = [key].flat(1);
  const advanced = given.some((item) => item instanceof Nd && item.shape.length); // then numbers are arrays too
  const items = given.map((item) => (advanced && typeof item === "number" ? nd(item) : item));
  const used = items.reduce((n, i) => n + (i === null || (i && i.ellipsis) ? 0 : i instanceof Nd && i.dtype === "?" ? i.shape.length : 1), 0);
  let d = 0;
  const all = () => { shape.push(x.shape[d]); strides.push(x.strides[d++]); };
  for (const item of items) {
    if (item === null) { shape.push(1); strides.push(0); }
    else if (item.ellipsis) for (const end = d + x.shape.length - used; d < end;) all();
    else if (item.slice) {
      const step = item.slice[2] ?? 1;
      const n = x.shape[d];
      const bound = (v, otherwise) => (v === null ? otherwise : Math.min(Math.max(v < 0 ? v + n : v, step < 0 ? -1 : 0), step < 0 ? n - 1 : n));
      const start = bound(item.slice[0], step < 0 ? n - 1 : 0);
      const stop = bound(item.slice[1], step < 0 ? -1 : n);
      offset += start * x.strides[d];
      shape.push(Math.max(0, Math.ceil((stop - start) / step)));
      strides.push(x.strides[d++] * step);
    } else if (item instanceof Nd && advanced) {
      const masks = item.dtype === "?" ? nonzero(item) : [item];
      for (const mask of masks) { arrays.push([shape.length, mask]); all(); }
    } else {
      const i = item instanceof Nd ? item.whole().data[0] : Number(item);
      offset += (i < 0 ? i + x.shape[d] : i) * x.strides[d++];
    }
  }
  while (d < x.shape.length) all();
  return { view: x.view(shape, strides, offset), arrays };
}

/** For each dim, the indices of the elements that are not zero. */
function nonzero(x) {
  const { data } = x.whole();
  const found = [...data.keys()].filter((k) => data[k]);
  return stridesOf(x.shape).map((stride, d) => new Nd([found.length], "l", Float64Array.from(found, (k) => Math.floor(k / stride) % x.shape[d])));
}

/** Where the elements at a key stand in the memory of an array, and their shape. */
function at(x, key) {
  const { view, arrays } = basic(x, key);
  if (!arrays.length) return { view, shape: view.shape, places: null };
  const dims = arrays.map(([d]) => d);
  const shape = broadcastShapes(arrays.map(([, a]) => a.shape));
  const indices = arrays.map(([, a]) => broadcastTo(a, shape).whole().data);
  const beside = dims.every((d, k) => k === 0 || d === dims[k - 1] + 1);
  const first = beside ? dims[0] : 0;
  const without = (list) => list.filter((_, d) => !dims.includes(d));
  const rest = view.view(without(view.shape), without(view.strides));
  const [before, after] = [rest.shape.slice(0, first), rest.shape.slice(first)];
  const outer = rest.view(before, rest.strides.slice(0, first)).places();
  const inner = rest.view(after, rest.strides.slice(first), 0).places();
  const middle = Int32Array.from({ length: sizeOf(shape) }, (_, k) =>
    dims.reduce((sum, d, i) => sum + (indices[i][k] < 0 ? indices[i][k] + view.shape[d] : indices[i][k]) * view.strides[d], 0));
  const places = new Int32Array(outer.length * middle.length * inner.length);
  let k = 0;
  for (const o of outer) for (const m of middle) for (const i of inner) places[k++] = o + m + i;
  return { shape: [...before, ...shape, ...after], places };
}
