// Leaves: the values that can be changed, entry by entry, each with its gradient; a nudge measures the slope beside it.

class Leaves {
  /** `change(i, k, parts)` is told of a new value: of the real and imaginary part of entry k of leaf i. */
  constructor(stepper) {
    this.stepper = stepper;
    this.rows = [];
    const list = document.getElementById("leaf-list");
    stepper.data.nodes.forEach((node, i) => {
      if (node.kind === "leaf" || node.kind === "parameter") this.rows.push(this.row(node, i, list));
    });
    const { machine, obstacle } = stepper;
    document.getElementById("live").textContent = machine
      ? `Change a value, and the page computes both passes again. In a picture, a click or the arrow keys choose an entry.${
        machine.reads ? " The function reads a number out of a tensor: what Python does with it stays as it was." : ""}`
      : `The values cannot be changed: ${obstacle}.`;
    document.getElementById("tools").hidden = !machine;
  }

  row(node, i, list) {
    const gradient = html("div", { class: "gradient", "data-leaf": i });
    const row = { i, gradient, entry: 0 };
    const box = html("div", { class: "leaf-box", role: "group", "aria-label": node.label }, html("h3", {}, node.label));
    if (this.stepper.machine && this.stepper.canChange(i)) box.append(row.editor = this.editor(row, node));
    else if (!isArray(node.value)) box.append(html("p", { class: "number forward" }, number(node.value)));
    if (isArray(node.value)) box.append(html("div", { class: "arrays" }, row.picture = html("div"), gradient));
    else box.append(gradient);
    if (row.slope) box.append(row.slope);
    list.append(box);
    return row;
  }

  /** A field and a slider for the chosen entry, and a button that nudges it. */
  editor(row, node) {
    const { stepper } = this;
    const now = () => shownEntry(stepper.state[node.place], row.entry);
    const name = html("span", { class: "entry" });
    row.fields = (now() instanceof Complex ? ["re", "im"] : [null]).map((part) => {
      const label = part ? ` ${part === "re" ? "real" : "imaginary"} part` : "";
      const exact = html("input", { type: "number", step: "any", "aria-label": `value of ${node.label}${label}`, "data-value": row.i });
      const range = html("input", { type: "range", "aria-label": `slide ${node.label}${label}`, "data-slide": row.i });
      const set = () => {
        const v = part ? now()[part] : now();
        const reach = Number.isFinite(v) ? Math.max(2, 2 * Math.abs(v)) : 2;
        if (document.activeElement !== range) Object.assign(range, { min: -reach, max: reach, step: reach / 200 });
        for (const input of [exact, range]) if (document.activeElement !== input) input.value = Number.isFinite(v) ? Number(v.toPrecision(7)) : "";
        name.textContent = node.shape.length ? `[${unravel(row.entry, node.shape).join(", ")}] ` : "";
      };
      const changed = (input) => {
        const v = Number(input.value);
        if (input.value === "" || !Number.isFinite(v)) return;
        const at = now();
        stepper.change(row.i, row.entry, part ? new Complex(part === "re" ? v : at.re, part === "im" ? v : at.im) : v);
      };
      for (const input of [exact, range]) input.addEventListener("input", () => changed(input));
      return { exact, range, set };
    });
    const nudge = html("button", { type: "button", class: "nudge", "aria-label": `nudge ${node.label}` }, "nudge");
    row.slope = html("p", { class: "slope", "aria-live": "polite" });
    nudge.addEventListener("click", () => { row.nudged = true; this.nudge(row, node); });
    return html("div", { class: "editor" }, name, ...row.fields.flatMap(({ exact, range }) => [exact, range]), nudge);
  }

  /** Add h to the chosen entry and compute again: how much the output changes for each unit of h. */
  nudge(row, node) {
    const { stepper } = this;
    const h = Number(document.getElementById("h").value);
    const v = shownEntry(stepper.state[node.place], row.entry);
    const state = stepper.machine.state(stepper.state);
    writeEntry(state[node.place], row.entry, v instanceof Complex ? new Complex(v.re + h, v.im) : v + h);
    const [before, after] = [stepper.total(stepper.results), stepper.total(stepper.computed(state))];
    const array = stepper.complete.get(row.i);
    const g = array && shownEntry(array, row.entry);
    const label = stepper.data.nodes[stepper.data.output].label;
    const slope = `${label}: ${number(before, 7)} → ${number(after, 7)}; slope ${number((after - before) / h, 5)}`;
    row.slope.textContent = `${slope}, gradient ${g === undefined ? "none" : number(g.re ?? g, 5)}`;
  }

  /** Show the values and the gradients so far. */
  show(values, gradients) {
    for (const row of this.rows) {
      const { i, gradient } = row;
      const node = this.stepper.data.nodes[i];
      if (row.fields) row.fields.forEach(({ set }) => set());
      if (row.picture && (row.drawn !== values[i] || row.most !== scales.value)) {
        const figure = heatMap("value", values[i]);
        if (row.fields) {
          figure.onchoose = (k) => {
            row.entry = entryOf(values[i], k, node.shape);
            row.fields.forEach(({ set }) => set());
            row.slope.textContent = "";
          };
        }
        const focused = row.picture.contains(document.activeElement);
        row.picture.replaceChildren(figure);
        if (focused) figure.querySelector(".heat").focus();
        Object.assign(row, { drawn: values[i], most: scales.value });
      }
      const g = gradients[i];
      gradient.dataset.exact = isArray(g) ? JSON.stringify(g.data.map(String)) : String(g);
      if (row.shownGradient !== g || row.scale !== scales.gradient) {
        const text = html("span", { class: "number backward" }, g === undefined || isArray(g) ? "·" : number(g, 6));
        const name = `∂/∂${node.label}`;
        gradient.replaceChildren(...(isArray(g) ? [heatMap(name, g, scales.gradient)] : [math(`${name} = `), text]));
        Object.assign(row, { shownGradient: g, scale: scales.gradient });
      }
      if (row.nudged && row.slope.textContent) this.nudge(row, node);
    }
  }
}

const unravel = (k, shape) => stridesOf(shape).map((stride, d) => Math.floor(k / stride) % shape[d]);
/** The number of the entry that is shown as element k: another one if the array is thinned. */
const entryOf = (array, k, shape) => indexOf(array, k).reduce((sum, v, d) => sum + v * stridesOf(shape)[d], 0);

/** Entry k of an array of the program. */
function shownEntry(array, k) {
  const at = array.offset + unravel(k, array.shape).reduce((sum, v, d) => sum + v * array.strides[d], 0);
  return array.im ? new Complex(array.data[at], array.im[at]) : array.data[at];
}

function writeEntry(array, k, v) {
  const at = array.offset + unravel(k, array.shape).reduce((sum, u, d) => sum + u * array.strides[d], 0);
  array.data[at] = v.re ?? v;
  if (array.im) array.im[at] = v.im ?? 0;
}
