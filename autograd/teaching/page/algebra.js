// Algebra: equations, inverses, determinants and Fourier transforms, by their definitions: a page's arrays are small.

/** The matrices a⁻¹ b and the determinants of a, for stacks of matrices: elimination with the largest pivot. */
function eliminate(a, b, dtype) {
  const batch = broadcastShapes([a, b].map((x) => x.shape.slice(0, -2)));
  const [n, m] = b.shape.slice(-2);
  const [out, determinants] = [new Nd([...batch, n, m], dtype), new Nd(batch, dtype)];
  const { multiply, divide, subtract, negative, absolute } = out.im ? COMPLEX : REAL;
  const [u, v] = [a, b].map((x) => broadcastTo(x.as(dtype), [...batch, ...x.shape.slice(-2)]).whole());
  const row = ({ data, im }, i, length) => range(length).map((k) => (im ? [data[i * length + k], im[i * length + k]] : data[i * length + k]));
  const put = (to, k, value) => { [to.data[k]] = [value].flat(); if (to.im) to.im[k] = value[1]; };
  for (let e = 0; e < sizeOf(batch); e++) {
    const rows = range(n).map((i) => [...row(u, e * n + i, n), ...row(v, e * n + i, m)]);
    let determinant = out.im ? [1, 0] : 1;
    for (let j = 0; j < n; j++) {
      const best = range(n).slice(j).reduce((p, i) => (absolute(rows[i][j]) > absolute(rows[p][j]) ? i : p), j);
      if (best !== j) { [rows[j], rows[best]] = [rows[best], rows[j]]; determinant = negative(determinant); }
      const pivot = rows[j][j];
      determinant = multiply(determinant, pivot);
      if (absolute(pivot) === 0) { rows.fill(new Array(n + m).fill(out.im ? [NaN, NaN] : NaN)); break; }
      rows[j] = rows[j].map((x) => divide(x, pivot));
      rows.forEach((other, i) => { if (i !== j) rows[i] = other.map((x, k) => subtract(x, multiply(other[j], rows[j][k]))); });
    }
    put(determinants, e, determinant);
    rows.forEach((each, i) => each.slice(n).forEach((x, k) => put(out, (e * n + i) * m + k, x)));
  }
  return { out, determinants };
}

/** Σ x[k] exp(±2πi jk/n) along an axis, with the factor that `norm` says. */
function fourier(x, axis, inverse, norm) {
  const moved = moveaxis(x.as("D"), axis, -1);
  const n = moved.shape[moved.shape.length - 1];
  const factor = norm === "ortho" ? 1 / sqrt(n) : (norm === "forward") === inverse ? 1 : 1 / n;
  const waves = new Nd([n, n], "D");
  for (let k = 0; k < n * n; k++) {
    const angle = (inverse ? 2 : -2) * PI * (((k % n) * Math.floor(k / n)) % n) / n;
    [waves.data[k], waves.im[k]] = [factor * cos(angle), factor * sin(angle)];
  }
  return moveaxis(matmul(moved, waves, "D"), -1, axis);
}

const fourierOfAxes = (inverse) => ([x], { axes, norm }) => axesOf(axes, x.shape.length).reduce((y, axis) => fourier(y, axis, inverse, norm), x);

/** All n values of a transform of real numbers, of which the last half are the conjugates of the first. */
function mirrored(x, n) {
  const { shape, data, im } = x.whole();
  const m = shape[shape.length - 1];
  const out = new Nd([...shape.slice(0, -1), n], "D");
  for (let k = 0; k < out.data.length; k++) {
    const [j, row] = [k % n, Math.floor(k / n)];
    const from = Math.min(j, n - j);
    if (from >= m) continue;
    out.data[k] = data[row * m + from];
    out.im[k] = from && 2 * from !== n ? Math.sign(n - 2 * j) * im[row * m + from] : 0;
  }
  return out;
}

Object.assign(NUMPY, {
  inv: ([x], _, dtype) => {
    const n = x.shape[x.shape.length - 1];
    return eliminate(x, new Nd([n, n], "d", Float64Array.from(range(n * n), (k) => Number(k % (n + 1) === 0))), dtype).out;
  },
  solve: ([a, b], _, dtype) => eliminate(a, b, dtype).out,
  det: ([x], _, dtype) => eliminate(x, new Nd([x.shape[x.shape.length - 1], 0], "d"), dtype).determinants,
  _each_or_nan: ([name, ...stacks], _, dtype) => NUMPY[name](stacks, {}, dtype),
  fftn: fourierOfAxes(false), ifftn: fourierOfAxes(true),
  rfft: ([x], { axis = -1, norm }) => {
    const whole = moveaxis(fourier(x, axis, false, norm), axis, -1);
    return moveaxis(getitem(whole, [{ ellipsis: 1 }, { slice: [null, Math.floor(whole.shape[whole.shape.length - 1] / 2) + 1, null] }]), -1, axis);
  },
  irfft: ([x, n], { axis = -1, norm }) => moveaxis(fourier(mirrored(moveaxis(x.as("D"), axis, -1), n), -1, true, norm), -1, axis),
});
