// Layers: convolution, pooling and embedding, each of them one call, as in the engine.

/**
 * The sizes of sliding windows as the engine gives them. For each window and each place in it, `meet(image, window,
 * place)` gives where the image's element stands among its size and where the window's stands among the outputs.
 */
function meetings([size, kernel, out, stride, padding, dilation], meet) {
  const each = (sizes, act) => { for (let k = 0; k < sizeOf(sizes); k++) act(stridesOf(sizes).map((s, d) => Math.floor(k / s) % sizes[d]), k); };
  each(kernel, (place, p) => each(out, (window, w) => {
    const where = window.map((v, d) => v * stride[d] + place[d] * dilation[d] - padding[d][0]);
    if (where.every((v, d) => v >= 0 && v < size[d])) meet(where.reduce((sum, v, d) => sum * size[d] + v, 0), w, p);
  }));
}

/** Each product of a convolution: `each(element of x, element of the weight, element of the output)`. */
function products(images, outs, channels, geometry, each) {
  const [[size, kernel, out], groups] = [geometry, geometry[6]];
  const [places, windows, taps] = [sizeOf(size), sizeOf(out), sizeOf(kernel)];
  const perGroup = outs / groups;
  const met = [];
  meetings(geometry, (i, w, p) => met.push([i, w, p]));
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < outs; o++) {
      for (let c = 0; c < channels; c++) {
        const channel = Math.floor(o / perGroup) * channels + c;
        const [x, weight, y] = [(n * channels * groups + channel) * places, (o * channels + c) * taps, (n * outs + o) * windows];
        for (const [i, w, p] of met) each(x + i, weight + p, y + w);
      }
    }
  }
}

function convolution([x, weight, bias, geometry], _, dtype) {
  const [a, b, c] = [x.whole().data, weight.whole().data, bias && bias.whole().data];
  const [outs, channels] = weight.shape;
  const out = new Nd([x.shape[0], outs, ...geometry[2]], dtype);
  const sums = new Float64Array(out.data.length);
  products(x.shape[0], outs, channels, geometry, (i, j, k) => { sums[k] += a[i] * b[j]; });
  const windows = sizeOf(geometry[2]);
  out.data.set(c ? sums.map((v, k) => v + c[Math.floor(k / windows) % outs]) : sums);
  return out;
}

function convolution_input([y, weight, geometry], _, dtype) {
  const [g, b] = [y.whole().data, weight.whole().data];
  const [outs, channels] = weight.shape;
  const sums = new Float64Array(y.shape[0] * channels * geometry[6] * sizeOf(geometry[0]));
  products(y.shape[0], outs, channels, geometry, (i, j, k) => { sums[i] += g[k] * b[j]; });
  const out = new Nd([y.shape[0], channels * geometry[6], ...geometry[0]], dtype);
  out.data.set(sums);
  return out;
}

function convolution_weight([x, y, geometry], _, dtype) {
  const [a, g] = [x.whole().data, y.whole().data];
  const [outs, channels] = [y.shape[1], x.shape[1] / geometry[6]];
  const sums = new Float64Array(outs * channels * sizeOf(geometry[1]));
  products(x.shape[0], outs, channels, geometry, (i, j, k) => { sums[j] += a[i] * g[k]; });
  const out = new Nd([outs, channels, ...geometry[1]], dtype);
  out.data.set(sums);
  return out;
}

/** From windows to the image or back, channel by channel: `move(to, from, place, window)` for each meeting. */
function pooled(x, shape, geometry, dtype, move) {
  const out = new Nd([...x.shape.slice(0, 2), ...shape], dtype);
  const from = x.whole().data;
  const [channels, images, windows] = [sizeOf(x.shape.slice(0, 2)), sizeOf(geometry[0]), sizeOf(geometry[2])];
  meetings(geometry, (i, w, p) => {
    for (let c = 0; c < channels; c++) move(out.data, from, c * images + i, c * windows + w, p);
  });
  return out;
}

/** Windows as columns (N, C · kernel, out), or columns added up to an image: `move(to, from, in the image, in the columns)`. */
function columns(x, shape, channels, geometry, move) {
  const out = new Nd(shape, x.dtype);
  const from = x.whole().data;
  const [images, taps, windows] = geometry.slice(0, 3).map(sizeOf);
  meetings(geometry, (i, w, p) => {
    for (let c = 0; c < channels; c++) move(out.data, from, c * images + i, (c * taps + p) * windows + w);
  });
  return out;
}

/** The divisor of each window: one number, or an array that is broadcast. */
const divisors = (divisor, shape) => broadcastTo(nd(divisor), shape).whole().data;

Object.assign(NUMPY, {
  convolution, convolution_input, convolution_weight,
  avg_pool: ([x, divisor, geometry], _, dtype) => {
    const sums = pooled(x, geometry[2], geometry, dtype, (to, from, i, w) => { to[w] += from[i]; });
    return elementwise(REAL.divide, [sums, divisor], dtype);
  },
  avg_pool_spread: ([y, divisor, geometry], _, dtype) => {
    const by = divisors(divisor, y.shape);
    return pooled(y, geometry[0], geometry, dtype, (to, from, i, w) => { to[i] += from[w] / by[w]; });
  },
  max_pool_put: ([y, offsets, geometry], _, dtype) => {
    const chosen = offsets.whole().data;
    return pooled(y, geometry[0], geometry, dtype, (to, from, i, w, p) => { if (chosen[w] === p) to[i] += from[w]; });
  },
  max_pool_take: ([x, offsets, geometry], _, dtype) => {
    const chosen = offsets.whole().data;
    return pooled(x, geometry[2], geometry, dtype, (to, from, i, w, p) => { if (chosen[w] === p) to[w] = from[i]; });
  },
  unfold: ([x, g]) => {
    const [images, channels] = x.shape;
    return columns(x, [images, channels * sizeOf(g[1]), sizeOf(g[2])], images * channels, g, (to, from, i, k) => { to[k] = from[i]; });
  },
  fold: ([y, g]) => {
    const channels = y.shape[1] / sizeOf(g[1]);
    return columns(y, [y.shape[0], channels, ...g[0]], y.shape[0] * channels, g, (to, from, i, k) => { to[i] += from[k]; });
  },
  embedding: ([weight, numbers]) => getitem(weight, numbers),
  index_put: ([x, shape, key], _, dtype) => added(x, shape, key, dtype),
});
