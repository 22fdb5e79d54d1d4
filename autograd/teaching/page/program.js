// The program: the statements of both passes, as the compiler wrote them down, run on the page's NumPy.

class Program {
  constructor({ dtypes, given, changing, views, statements, settings, reads, written }) {
    Object.assign(this, { dtypes, changing, views, statements, written, settings, reads });
    this.given = given.map(([place, shape, text]) => [place, this.decoded(text, shape, dtypes[place])]);
    this.first = this.state();
  }

  decoded(text, shape, dtype) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const numbers = new KINDS[dtype](bytes.buffer);
    const n = sizeOf(shape);
    return dtype === "F" || dtype === "D" ? new Nd(shape, dtype, numbers.slice(0, n), numbers.slice(n)) : new Nd(shape, dtype, numbers);
  }

  /** A copy of the given arrays: what a run begins with. */
  state(from = null) {
    const values = [];
    for (const [place, array] of this.given) values[place] = (from ? from[place] : array).copy();
    for (const [place, owner, shape, strides, offset] of this.views) values[place] = values[owner].view(shape, strides, offset);
    return values;
  }

  /** The name of a function that the page does not have; undefined if it has all. */
  missing() { return this.statements.map(([, name]) => name).find((name) => !READS.includes(name) && !NUMPY[name]); }

  /** All values from a state, which stays as it is, or those until a place. Throws an OtherBranch where values decide otherwise. */
  run(state, until = null) {
    const values = this.state(state);
    for (const [out, name, args, options = {}, into] of this.statements) {
      const given = args.map((x) => this.argument(x, values));
      if (name === "guard") { this.check(given); continue; }
      const place = Array.isArray(out) ? out[0] : out;
      const target = into === undefined ? null : this.argument(into, values);
      const dtype = target ? target.dtype : this.dtypes[place];
      if (READS.includes(name)) { values[out] = given[0].whole().data[0]; continue; }
      const result = NUMPY[name](given, this.argument(options, values), dtype);
      if (target) target.write(target.places(), result);
      else if (place !== null && place !== undefined) values[place] = result.dtype === dtype ? result : result.as(dtype);
      if (place === until && until !== null) break;
    }
    return values;
  }

  argument(x, values) {
    if (typeof x === "string") return values[Number(x.slice(1))];
    if (Array.isArray(x)) return x.map((each) => this.argument(each, values));
    if (x === null || typeof x !== "object") return x;
    if (x.setting) return this.settings[x.setting];
    if (x.call) return ARITHMETIC[x.call](...x.of.map((each) => this.argument(each, values)));
    if (x.number) return { inf: Infinity, "-inf": -Infinity, nan: NaN }[x.number];
    if (x.complex) return complex(x.complex);
    if (x.dtype || x.text) return x.dtype || x.text;
    return Object.fromEntries(Object.entries(x).map(([key, each]) => [key, this.argument(each, values)]));
  }

  check([value, kind, seen]) {
    const now = kind === "shape" ? value.shape : kind === "bool" ? Boolean(value.whole().data[0]) : value.whole().data[0];
    if (String(now) !== String(seen)) throw new OtherBranch(kind);
  }
}

/** Statements that read a number out of an array: for a question, or for Python to compute with. */
const READS = ["guard", "bool", "int", "float"];

class OtherBranch extends Error {}

const ARITHMETIC = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: (x, y) => x * y, truediv: (x, y) => x / y, pow: (x, y) => x ** y,
  neg: (x) => -x, sqrt: Math.sqrt,
};
