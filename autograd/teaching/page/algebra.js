// Algebra: equations, inverses, determinants and Fourier transforms, by their definitions: a page's arrays are small.

/** The matrices a⁻¹ b and the determinants of a, for stacks of matrices, as complex numbers: elimination with pivots. */
function eliminate(a, b) {
  const batch = broadcastShapes([a, b].map((x) => x.shape.slice(0, -2)));
  const [n, m] = b.shape.slice(-2);
  const [u, v] = [a, b].map((x) => broadcastTo(x.as("D"), [...batch, ...x.shape.slice(-2)]).whole());
  const row = ({ data, im }, i, length) => range(length).map((k) => [data[i * length + k], im[i * length + k]]);
  const [solutions, determinants] = [[], []];
  for (let e = 0; e < sizeOf(batch); e++) {
    const rows = range(n).map((i) => [...row(u, e * n + i, n), ...row(v, e * n + i, m)]);
    let determinant = [1, 0];
    for (let j = 0; j < n; j++) {
      const size = (i) => Math.hypot(...rows[i][j]);
      const best = range(n).slice(j).reduce((p, i) => (size(i) > size(p) ? i : p), j);
      if (best !== j) { [rows[j], rows[best]] = [rows[best], rows[j]]; determinant = minus([0, 0], determinant); }
      const pivot = rows[j][j];
      determinant = times(determinant, pivot);
      if (!size(j)) { rows.fill(new Array(n + m).fill([NaN, NaN])); break; }
      rows[j] = rows[j].map((x) => over(x, pivot));
      rows.forEach((other, i) => { if (i !== j) rows[i] = other.map((x, k) => minus(x, times(other[j], rows[j][k]))); });
    }
    determinants.push(determinant);
    rows.forEach((each) => solutions.push(...each.slice(n)));
  }
  const array = (pairs, shape) => new Nd(shape, "D", ...[0, 1].map((part) => Float64Array.from(pairs, (pair) => pair[part])));
  return { out: array(solutions, [...batch, n, m]), determinants: array(determinants, batch) };
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
  inv: ([x]) => {
    const n = x.shape[x.shape.length - 1];
    return eliminate(x, new Nd([n, n], "d", Float64Array.from(range(n * n), (k) => Number(k % (n + 1) === 0)))).out;
  },
  solve: ([a, b]) => eliminate(a, b).out, det: ([x]) => eliminate(x, new Nd([x.shape[x.shape.length - 1], 0], "d")).determinants,
  _each_or_nan: ([name, ...stacks]) => NUMPY[name](stacks),
  fftn: fourierOfAxes(false), ifftn: fourierOfAxes(true),
  rfft: ([x], { axis = -1, norm }) => {
    const whole = moveaxis(fourier(x, axis, false, norm), axis, -1);
    return moveaxis(getitem(whole, [{ ellipsis: 1 }, { slice: [null, Math.floor(whole.shape[whole.shape.length - 1] / 2) + 1, null] }]), -1, axis);
  },
  irfft: ([x, n], { axis = -1, norm }) => moveaxis(fourier(mirrored(moveaxis(x.as("D"), axis, -1), n), -1, true, norm), -1, axis),
});
