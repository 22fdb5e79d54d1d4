// The panel: the current step in words: the rule as a formula, with numbers, and its result; matrices as heat maps.

/** A number as text: few significant digits, a real minus sign, and symbols for NaN and infinity. */
function number(v, digits = 5) {
  if (v === null || v === undefined) return "not kept";
  if (Number.isNaN(v)) return "NaN";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
  let text = Number.isInteger(v) && Math.abs(v) < 1e6 ? String(v) : String(Number(v.toPrecision(digits)));
  if (Math.abs(v) >= 1e6 || (v !== 0 && Math.abs(v) < 1e-4)) text = v.toExponential(Math.min(2, digits - 2)).replace("e+", "e");
  return text.replace(/-/g, "−");
}

/** A formula with spaces and minus signs as in print. */
const typeset = (text) => text.replace(/·/g, " · ").replace(/ - /g, " − ").replace(/(^|[(= ])-/g, "$1−");

const inBrackets = (text) => (/^[−-]/.test(text) ? `(${text})` : text);

/** A formula with names replaced by their meanings; a name without a meaning stays. */
function substitute(formula, meaning) {
  return formula.replace(/[A-Za-z_]\w*(\[\d+\])?/g, (name) => {
    const put = Object.hasOwn(meaning, name) ? meaning[name] : null;
    return put === null ? name : put;
  });
}

/** The meanings of the names in an operation's formula: the labels of its arguments. */
function labelsFor(data, node) {
  const meaning = { out: node.label };
  for (const [parameter, parent] of node.args) if (parent !== null) meaning[parameter] = data.nodes[parent].label;
  for (const [name, value] of Object.entries(node.constants)) meaning[name] = inBrackets(number(value));
  return meaning;
}

/** The formula with numbers for its names; null if one of them is an array or unknown. */
function numbersFor(data, node, values, formula, g, own) {
  const meaning = { ...node.constants };
  if (g !== undefined) meaning.g = g;
  if (own !== null) meaning.out = values[own];
  for (const [parameter, parent] of node.args) if (parent !== null) meaning[parameter] = values[parent];
  const texts = {};
  for (const name of formula.match(/[A-Za-z_]\w*(\[\d+\])?/g) || []) {
    if (!Object.hasOwn(meaning, name)) continue;
    if (typeof meaning[name] !== "number") return null;
    texts[name] = inBrackets(number(meaning[name]));
  }
  return typeset(substitute(formula, texts)).replace(/ · /g, " × ");
}

/** An element that contains a formula. */
const math = (text, className = "math") => html("span", { class: className }, typeset(text));

/** A matrix as coloured cells; a small one shows its numbers, and a line below describes the cell under the pointer. */
function heatMap(caption, array) {
  const { rows, columns, at } = grid(array);
  const shape = array.thinned || array.shape;
  const words = `${caption}, ${shape.join(" × ")}`;
  const head = html("figcaption", {}, html("b", {}, caption), ` ${shape.join("×")}`);
  if (!array.data.length) return html("figure", { "aria-label": words }, head, "empty");
  const written = columns <= 5 && rows <= 8;
  const side = Math.max(3, Math.min(26, Math.floor(250 / Math.max(columns, 1)), Math.floor(200 / Math.max(rows, 1))));
  const box = html("div", {
    class: "heat", "aria-hidden": written ? null : "true",
    style: `grid-template-columns: repeat(${columns}, ${written ? "minmax(0, 56px)" : `${side}px`}); grid-auto-rows: ${written ? 21 : side}px`,
  });
  const most = largest(array);
  const readout = html("p", { class: "readout", "aria-hidden": "true" });
  const range = array.data.filter(Number.isFinite);
  const limits = range.length ? `${number(Math.min(...range))} to ${number(Math.max(...range))}` : "no finite number";
  const rest = (written ? "" : limits) + (array.thinned ? `${written ? "" : ", "}showing ${array.data.length} of its numbers` : "");
  readout.textContent = rest;
  const index = (k) => {
    const place = [];
    for (let i = array.shape.length - 1; i >= 0; i--) {
      const at = k % array.shape[i];
      place.unshift(array.places ? array.places[i][at] : at);
      k = Math.floor(k / array.shape[i]);
    }
    return place.join(", ");
  };
  array.data.forEach((v, k) => {
    const { row, column } = at(k);
    const place = `grid-area: ${row + 1} / ${column + 1}`;
    const cell = html("span", { style: `${place}; background: ${colour(v, most)}; color: ${inkOn(v, most)}` }, written ? number(v, 3) : "");
    cell.title = `[${index(k)}] ${number(v)}`;
    cell.addEventListener("pointerenter", () => { readout.textContent = `[${index(k)}] = ${number(v)}`; });
    box.append(cell);
  });
  box.addEventListener("pointerleave", () => { readout.textContent = rest; });
  const figure = html("figure", { role: "group", "aria-label": words }, head, box, readout);
  if (!written) figure.append(numbersIn(array));
  return figure;
}

/** The text colour for a cell: dark on light cells, light on dark ones. */
function inkOn(v, most) {
  const strong = !Number.isFinite(v) || (most > 0 && Math.abs(v) / most > 0.55);
  return strong ? (dark.matches ? "#10131a" : "#ffffff") : dark.matches ? "#e9ebf0" : "#1b2230";
}

/** The numbers of an array as a table with the last dim as columns; filled when it is opened. */
function numbersIn(array) {
  const columns = array.shape[array.shape.length - 1];
  const details = html("details", {}, html("summary", {}, "numbers"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const body = html("tbody");
    for (let k = 0; k < array.data.length; k += columns) {
      body.append(html("tr", {}, ...array.data.slice(k, k + columns).map((v) => html("td", {}, number(v)))));
    }
    details.append(html("div", { class: "scroll", tabindex: "0" }, html("table", { class: "numbers" }, body)));
  });
  return details;
}

/** A line `caption = number`, or a heat map for an array. */
function shown(caption, v) {
  if (isArray(v)) return heatMap(caption, v);
  return html("p", {}, math(`${caption} = `), html("span", { class: "number" }, number(v)));
}

/** A row of heat maps, for those of the values that are arrays. */
function sideBySide(pairs) {
  const known = pairs.filter(([, v]) => isArray(v));
  return known.length ? html("div", { class: "arrays" }, ...known.map(([name, v]) => heatMap(name, v))) : null;
}

/** The equation of a node, with the labels of its arguments: `c = a·b`. */
function equation(data, i) {
  const node = data.nodes[i];
  return node.kind === "operation" ? `${node.label} = ${substitute(node.expression, labelsFor(data, node))}` : node.label;
}

/** A step of the forward pass: the elements of the panel, and a sentence for screen readers. */
function forwardWords(data, run, i) {
  const node = data.nodes[i];
  const value = run.values[i];
  const parts = [];
  const filled = numbersFor(data, node, run.values, node.expression, undefined, null);
  if (filled !== null && !isArray(value)) {
    parts.push(html("p", {}, math(`${node.label} = ${filled} = `), html("span", { class: "number forward" }, number(value))));
  } else {
    const given = node.args.filter(([, parent]) => parent !== null);
    const scalars = given.filter(([, parent]) => !isArray(run.values[parent]));
    parts.push(...scalars.map(([, parent]) => shown(data.nodes[parent].label, run.values[parent])));
    parts.push(sideBySide(given.map(([, parent]) => [data.nodes[parent].label, run.values[parent]])));
    parts.push(html("h3", {}, "gives"), shown(node.label, value));
  }
  if (node.line) parts.push(html("p", { class: "note" }, node.line));
  const spoken = isArray(value) ? `an array of shape ${node.shape.join(" by ")}` : number(value);
  return { parts, announcement: `${equation(data, i)} = ${spoken}` };
}

/** A step of the backward pass: the cotangent of the node, and for each parent the rule, its numbers and the sum. */
function backwardWords(data, run, k) {
  const { node: i, g, flows } = run.backward[k];
  const node = data.nodes[i];
  const partial = (label) => `∂${data.nodes[data.output].label}/∂${label}`;
  const parts = [html("p", { class: "note" }, "The complete cotangent of this node:"), shown(`g = ${partial(node.label)}`, g)];
  const announcement = [`${equation(data, i)}. Cotangent ${isArray(g) ? "of shape " + g.shape.join(" by ") : number(g)}`];
  if (!flows.length) parts.push(html("p", { class: "note" }, "This is a leaf: the cotangent is its gradient."));
  for (const flow of flows) {
    const to = data.nodes[flow.to];
    const box = html("div", { class: "flow" }, html("h4", {}, "to ", html("i", {}, to.label)));
    const symbols = substitute(flow.rule, { ...labelsFor(data, node), g: null });
    const filled = numbersFor(data, node, run.values, flow.rule, g, i);
    const plain = !isArray(flow.gives);
    box.append(html("div", {}, math(`g·∂(${node.expression})/∂${flow.parameter} = ${flow.rule}`, "math rule")));
    if (symbols !== flow.rule) box.append(html("div", {}, math(`= ${symbols}`)));
    if (flow.gives === null) {
      box.append(html("p", { class: "note" }, "no gradient"));
      parts.push(box);
      continue;
    }
    if (filled !== null && plain) {
      const result = number(flow.gives);
      box.append(html("div", {}, math(filled === result ? "= " : `= ${filled} = `), html("span", { class: "number backward" }, result)));
    } else {
      const named = node.args.filter(([name, parent]) => parent !== null && flow.inputs.includes(name));
      const arrays = named.map(([, parent]) => [data.nodes[parent].label, run.values[parent]]);
      if (flow.inputs.includes("out")) arrays.push([node.label, run.values[i]]);
      const distinct = arrays.filter(([name], at) => arrays.findIndex(([other]) => other === name) === at);
      const row = sideBySide(distinct);
      if (row) box.append(row);
      if (flow.undone) {
        const from = isArray(flow.computed) ? flow.computed.thinned || flow.computed.shape : [];
        box.append(html("p", { class: "note" },
          `${to.label} was broadcast from shape (${flow.undone.join(", ")}) to (${from.join(", ")}), so the result of the rule is summed back to that shape`));
        if (isArray(flow.computed)) box.append(heatMap("before the sum", flow.computed));
      }
      box.append(shown("gives", flow.gives));
    }
    if (flow.before !== null) {
      const sum = html("div", { class: "adds" }, html("strong", {}, "sum so far"), " ");
      if (isArray(flow.sum)) sum.append(sideBySide([["before", flow.before], ["after", flow.sum]]));
      else sum.append(math(`${partial(to.label)} = ${number(flow.before)} + ${inBrackets(number(flow.gives))} = `),
        html("span", { class: "number backward" }, number(flow.sum)));
      box.append(sum);
    }
    const result = isArray(flow.gives) ? "an array" : number(flow.gives);
    announcement.push(`to ${to.label}: ${filled !== null && plain ? filled + " = " : symbols + ", "}${result}`
      + (flow.before === null ? "" : `, sum so far: ${isArray(flow.sum) ? "an array" : number(flow.sum)}`));
    parts.push(box);
  }
  return { parts, announcement: announcement.join("; ") };
}
