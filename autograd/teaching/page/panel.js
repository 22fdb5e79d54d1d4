// The panel: the current step in words: the rule as a formula, with numbers, and its result; matrices as heat maps.

/** A number as text: few significant digits, a real minus sign, and symbols for NaN and infinity. */
function number(v, digits = 5) {
  if (v === null || v === undefined) return "not kept";
  if (v instanceof Complex) return `${number(v.re, digits)} ${v.im < 0 || Object.is(v.im, -0) ? "−" : "+"} ${number(Math.abs(v.im), digits)}i`;
  if (Number.isNaN(v)) return "NaN";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
  let text = Number.isInteger(v) && Math.abs(v) < 1e6 ? String(v) : String(Number(v.toPrecision(digits)));
  if (Math.abs(v) >= 1e6 || (v !== 0 && Math.abs(v) < 1e-4)) text = v.toExponential(Math.min(2, digits - 2)).replace("e+", "e");
  return text.replace(/-/g, "−");
}

/** A formula with spaces and minus signs as in print. */
const typeset = (text) => text.replace(/·/g, " · ").replace(/ - /g, " − ").replace(/(^|[(= ])-/g, "$1−");

const inBrackets = (text) => (/^[−-]|i$/.test(text) ? `(${text})` : text);

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
    if (typeof meaning[name] !== "number" && !(meaning[name] instanceof Complex)) return null;
    texts[name] = inBrackets(number(meaning[name]));
  }
  return typeset(substitute(formula, texts)).replace(/ · /g, " × ");
}

/** An element that contains a formula. */
const math = (text, className = "math") => html("span", { class: className }, typeset(text));

/** The index of element k, as it stands between brackets. */
function indexOf(array, k) {
  const place = [];
  for (let i = array.shape.length - 1; i >= 0; i--) {
    const at = k % array.shape[i];
    place.unshift(array.places ? array.places[i][at] : at);
    k = Math.floor(k / array.shape[i]);
  }
  return place;
}

/**
 * A matrix as coloured cells; a small one shows its numbers. Keys, or a pointer, choose a cell, which the line below
 * describes; `figure.choose(k)` chooses one, and `figure.onchoose(k)` is told.
 * `figure.light(ks)` outlines cells of `figure.array`.
 */
function heatMap(caption, array, most = scales.value) {
  const { rows, columns, at, tiles, size: matrix } = grid(array);
  const shape = array.thinned || array.shape;
  const words = `${caption}, ${shape.join(" × ")}`;
  const head = html("figcaption", {}, html("b", {}, caption), ` ${shape.join("×")}`);
  if (!array.data.length) return html("figure", { "aria-label": words }, head, "empty");
  const pairs = array.data[0] instanceof Complex;
  const written = columns <= (pairs ? 3 : 5) && rows <= 9;
  const side = Math.max(4, Math.min(26, Math.floor(250 / Math.max(columns, 1)), Math.floor(200 / Math.max(rows, 1))));
  const wide = written ? `minmax(0, ${pairs ? 96 : 56}px)` : `${side}px`;
  const labelled = tiles > 1;
  const box = html("div", {
    class: "heat", tabindex: "0", role: "application", "aria-label": `${words}: arrow keys choose an entry`, "aria-roledescription": "matrix",
    style: `grid-template-columns: repeat(${columns}, ${wide}); grid-auto-rows: ${written ? 21 : side}px`,
  });
  const range = array.data.filter(isFinite);
  const [low, high] = [range.reduce((m, v) => Math.min(m, v.re ?? v), Infinity), range.reduce((m, v) => Math.max(m, v.re ?? v), -Infinity)];
  const limits = range.length ? (pairs ? "complex" : `${number(low)} to ${number(high)}`) : "no finite number";
  const rest = (written ? "" : limits) + (array.thinned ? `${written ? "" : ", "}showing ${array.data.length} of its numbers` : "");
  const readout = html("p", { class: "readout" }, rest);
  const down = labelled ? 1 : 0;
  const cells = array.data.map((v, k) => {
    const { row, column } = at(k);
    const background = colour(v, most);
    const strange = !isFinite(v) && (written || side > 9);
    const text = written || strange ? number(v, pairs ? 2 : 3).replace("NaN", written ? "NaN" : "×") : "";
    const style = `grid-area: ${row + 1 + down} / ${column + 1}; background: ${background}; color: ${inkOn(background)}`;
    const cell = html("span", { style }, text);
    cell.title = `[${indexOf(array, k).join(", ")}] ${number(v)}`;
    return cell;
  });
  box.append(...cells);
  if (labelled) {
    for (let tile = 0; tile < tiles; tile++) {
      const { row, column } = at(tile * matrix);
      const name = `[${indexOf(array, tile * matrix).slice(0, -2).join(", ")}]`;
      box.append(html("small", { style: `grid-area: ${row + 1} / ${column + 1} / auto / span ${array.shape[array.shape.length - 1]}` }, name));
    }
  }
  const figure = html("figure", { "aria-label": words }, head, box, readout);
  const tell = (k) => { if (k >= 0) readout.textContent = `[${indexOf(array, k).join(", ")}] = ${number(array.data[k])}`; };
  figure.array = array;
  figure.light = (ks) => cells.forEach((cell, k) => cell.classList.toggle("lit", ks.has(k)));
  figure.choose = (k) => {
    cells.forEach((cell, other) => cell.classList.toggle("chosen", other === k));
    tell(k);
    figure.chosen = k;
    if (figure.onchoose) figure.onchoose(k);
  };
  box.addEventListener("pointerover", (event) => tell(cells.indexOf(event.target)));
  box.addEventListener("pointerleave", () => { if (figure.chosen === undefined) readout.textContent = rest; });
  box.addEventListener("click", (event) => { const k = cells.indexOf(event.target); if (k >= 0) figure.choose(k); });
  box.addEventListener("keydown", (event) => {
    const across = array.shape[array.shape.length - 1];
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = figure.chosen === undefined ? 0 : figure.chosen + move;
    if (next >= 0 && next < cells.length) figure.choose(next);
  });
  if (!written) figure.append(numbersIn(array));
  return figure;
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
function shown(caption, v, most) {
  if (isArray(v)) return heatMap(caption, v, most);
  return html("p", {}, math(`${caption} = `), html("span", { class: "number" }, number(v)));
}

/** A row of heat maps, for those of the values that are arrays. */
function sideBySide(pairs) {
  const known = pairs.filter(([, v]) => isArray(v));
  return known.length ? html("div", { class: "arrays" }, ...known.map(([name, v, most]) => heatMap(name, v, most))) : null;
}

/** What an operation was given besides its parents: a target, dims, a mask. */
function othersOf(data, run, i) {
  const { constants, expression } = data.nodes[i];
  const hidden = Object.entries(constants).filter(([name]) => !(expression.match(/\w+/g) || []).includes(name));
  const others = [...hidden, ...Object.entries(run.others[i])].filter(([, v]) => v !== null);
  if (!others.length) return null;
  const texts = others.filter(([, v]) => !isArray(v)).map(([name, v]) => `${name} = ${v.text ?? number(v)}`);
  const arrays = others.filter(([, v]) => isArray(v)).map(([name, v]) => [name, v, largest(v)]);
  return html("div", { class: "others" }, texts.length ? html("p", { class: "note" }, `with ${texts.join(", ")}`) : null, sideBySide(arrays));
}

/** The equation of a node, with the labels of its arguments: `c = a·b`. */
function equation(data, i) {
  const node = data.nodes[i];
  return node.kind === "operation" ? `${node.label} = ${substitute(node.expression, labelsFor(data, node))}` : node.label;
}

/** An array for a screen reader: its shape and its range. */
function spokenArray(array) {
  const range = array.data.filter(isFinite).map((v) => v.re ?? v);
  const strange = array.data.length - range.length;
  const ends = range.length ? ` from ${number(Math.min(...range), 3)} to ${number(Math.max(...range), 3)}` : "";
  return `${(array.thinned || array.shape).join(" by ")} numbers${ends}${strange ? `, ${strange} not finite` : ""}`;
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
    const named = given.map(([, parent]) => [data.nodes[parent].label, run.values[parent]]);
    const row = sideBySide(named.filter(([name], k) => named.findIndex(([other]) => other === name) === k));
    const result = shown(node.label, value);
    parts.push(row, html("h3", {}, "gives"), result);
    writeOutEntries(node.expression, result, Object.fromEntries(given.map(([name, parent]) => [name, run.values[parent]])), labelsFor(data, node));
  }
  parts.push(othersOf(data, run, i));
  if (node.line !== null) parts.push(html("p", { class: "note" }, data.lines[node.line]));
  const spoken = isArray(value) ? spokenArray(value) : number(value);
  return { parts, announcement: `${equation(data, i)} = ${spoken}` };
}

/** A step of the backward pass: the cotangent of the node, and for each parent the rule, its numbers and the sum. */
function backwardWords(data, run, k) {
  const { node: i, g, flows } = run.backward[k];
  const node = data.nodes[i];
  const partial = (label) => `∂${data.nodes[data.output].label}/∂${label}`;
  const parts = [html("p", { class: "note" }, "The complete cotangent of this node:"), shown(`g = ${partial(node.label)}`, g, scales.gradient)];
  const announcement = [`${equation(data, i)}. Cotangent ${isArray(g) ? spokenArray(g) : number(g)}`];
  if (!flows.length) parts.push(html("p", { class: "note" }, "This is a leaf: the cotangent is its gradient."));
  for (const flow of flows) {
    const to = data.nodes[flow.to];
    const box = html("div", { class: "flow" }, html("h3", {}, "to ", html("i", {}, to.label)));
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
        if (isArray(flow.computed)) box.append(heatMap("before the sum", flow.computed, scales.gradient));
      }
      const result = shown("gives", flow.gives, scales.gradient);
      box.append(result);
      const known = { g, out: run.values[i], ...Object.fromEntries(named.map(([name, parent]) => [name, run.values[parent]])) };
      if (!flow.undone) writeOutEntries(flow.rule, result, known, { ...labelsFor(data, node), g: "g" });
    }
    if (flow.before !== null) {
      const sum = html("div", { class: "adds" }, html("strong", {}, "sum so far"), " ");
      if (isArray(flow.sum)) sum.append(sideBySide([["before", flow.before, scales.gradient], ["after", flow.sum, scales.gradient]]));
      else sum.append(math(`${partial(to.label)} = ${number(flow.before)} + ${inBrackets(number(flow.gives))} = `),
        html("span", { class: "number backward" }, number(flow.sum)));
      box.append(sum);
    }
    const result = isArray(flow.gives) ? spokenArray(flow.gives) : number(flow.gives);
    announcement.push(`to ${to.label}: ${filled !== null && plain ? filled + " = " : symbols + ", "}${result}`
      + (flow.before === null ? "" : `, sum so far: ${isArray(flow.sum) ? spokenArray(flow.sum) : number(flow.sum)}`));
    parts.push(box);
  }
  return { parts, announcement: announcement.join("; ") };
}
