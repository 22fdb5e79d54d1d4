// Values: what the page shows: numbers, complex numbers and arrays as plain lists, read from the data or from a run.

/** A complex number. */
class Complex {
  constructor(re, im) { this.re = re; this.im = im; }
}

const isArray = (v) => v !== null && typeof v === "object" && v.shape !== undefined;
/** The absolute value of a number. */
const size = (v) => (v instanceof Complex ? Math.hypot(v.re, v.im) : Math.abs(v));
const isFinite = (v) => Number.isFinite(size(v));
/** The numbers of a value: an array's, or the one that it is. */
const elements = (v) => (isArray(v) ? v.data : v === null || v === undefined || v.text ? [] : [v]);

/** The most numbers of an array that are shown. */
const MOST_SHOWN = 1024;

/** Parse the page's data: NaN and infinity are words in JSON, and arrays are indices into one table. */
function readData(text) {
  const data = JSON.parse(text);
  const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  const plain = (v) => (typeof v === "string" ? WORDS[v] : v && v.re !== undefined ? new Complex(plain(v.re), plain(v.im)) : v);
  data.arrays.forEach((array) => { array.data = array.data.map(plain); });
  const value = (v, dtype) => {
    if (Array.isArray(v)) return data.arrays[v[0]];
    return typeof v === "number" && dtype === "float32" ? Math.fround(v) : plain(v); // a float32 is written with few digits
  };
  const NODE = { op: null, expression: "", shape: null, dtype: null, line: null, value: null, place: null };
  data.nodes = data.nodes.map((node) => ({ ...NODE, constants: {}, others: {}, ...node }));
  data.edges = data.nodes.flatMap(({ args }, to) => args.map(([, from], argument) => ({ from, to, argument }))).filter((edge) => edge.from !== null);
  for (const node of data.nodes) {
    node.value = value(node.value, node.dtype);
    for (const name of Object.keys(node.constants)) node.constants[name] = value(node.constants[name]);
    for (const pair of Object.values(node.others)) pair[0] = value(pair[0]);
  }
  for (const step of data.backward) {
    const { dtype } = data.nodes[step.node];
    step.g = value(step.g, dtype);
    step.flows = step.flows.map((flow) => ({ undone: null, computed: null, gives: null, before: null, sum: null, ...flow }));
    for (const flow of step.flows) for (const name of ["computed", "gives", "before", "sum"]) flow[name] = value(flow[name], dtype);
  }
  return data;
}

/** For each dim, the indices that are shown: the longest dim is halved until the array is small enough. */
function shownIndices(shape) {
  const counts = [...shape];
  while (sizeOf(counts) > MOST_SHOWN) {
    const longest = counts.indexOf(Math.max(...counts));
    counts[longest] = Math.ceil(counts[longest] / 2);
  }
  return counts.map((count, d) => range(count).map((k) => (count < 2 ? 0 : Math.round((k * (shape[d] - 1)) / (count - 1)))));
}

/** An array of the program as the page shows it. */
function shownOf(array) {
  const numbers = ({ data, im }) => Array.from(data, (v, k) => (im ? new Complex(v, im[k]) : v));
  if (!array.shape.length) return numbers(array.whole())[0];
  if (array.size <= MOST_SHOWN) return { shape: array.shape, data: numbers(array.whole()) };
  const places = shownIndices(array.shape);
  const index = (list, d) => indicesAlong(d, places.length, list);
  return { shape: places.map((list) => list.length), data: numbers(getitem(array, places.map(index))), thinned: array.shape, places };
}

/** What an operation was given or has kept besides its parents, by name. */
const othersIn = (node, at = (place, value) => value) =>
  Object.fromEntries(Object.entries(node.others).map(([name, [value, place]]) => [name, at(place, value)]));

/** The values and the backward pass of a run, in the form in which the engine's own numbers come. */
function shownRun(data, state, values) {
  const known = new Map();
  const at = (place, otherwise) => {
    if (place === null || place === undefined) return otherwise;
    if (!known.has(place)) known.set(place, shownOf(state[place] || values[place])); // a step writes leaves: shown as they were
    return known.get(place);
  };
  return {
    values: data.nodes.map((node) => at(node.place, node.value)),
    others: data.nodes.map((node) => othersIn(node, at)),
    backward: data.backward.map((step) => ({
      node: step.node,
      g: at(step.place, step.g),
      flows: step.flows.map((flow) => {
        const [computed, gives, before, sum] = ["computed", "gives", "before", "sum"].map((name, k) => at(flow.places[k], flow[name]));
        return { ...flow, computed, gives, before, sum };
      }),
    })),
  };
}

/** The first value, or gradient, of a run that is not that of another one, up to rounding; null if all are the same. */
function differing(data, one, other) {
  const differ = (a, b) => {
    if (a === null || (isArray(a) && (a.thinned || !a.data.length))) return false;
    const most = Math.max(...elements(a).map((v) => (isFinite(v) ? size(v) : 0)));
    const apart = (v, w) => Math.hypot((v.re ?? v) - (w.re ?? w), (v.im ?? 0) - (w.im ?? 0));
    return elements(a).some((v, k) => isFinite(v) && !(apart(v, elements(b)[k]) <= 1e-3 * most + 1e-6));
  };
  const i = data.nodes.findIndex((_, k) => differ(one.values[k], other.values[k]));
  if (i >= 0) return data.nodes[i].label;
  const step = one.backward.findIndex(({ g }, k) => differ(g, other.backward[k].g));
  return step < 0 ? null : `gradient of ${data.nodes[one.backward[step].node].label}`;
}
