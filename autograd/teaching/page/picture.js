// The picture: the graph as SVG, laid out in layers; each step sets which nodes and edges are highlighted.

const SVG = "http://www.w3.org/2000/svg";
const READABLE = 0.62;
const CARD = { width: 138, height: 66 };

/** An element with attributes and children; text is inserted as text, never as markup. */
function element(tag, attributes = {}, ...children) {
  const made = attributes.svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== "svg" && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}
const svg = (tag, attributes = {}, ...children) => element(tag, { svg: true, ...attributes }, ...children);
const html = element;

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** The largest finite absolute value of an array. */
const largest = (array) => array.data.reduce((m, v) => (isFinite(v) ? Math.max(m, size(v)) : m), 0);

/** The largest finite absolute values of the page's arrays, one scale for all values and one for all gradients. */
const scales = { value: 1, gradient: 1 };

/** Take the scales from the numbers of a run. */
function setScales(run) {
  const most = (values) => values.filter((v) => v && isArray(v)).reduce((m, v) => Math.max(m, largest(v)), 0) || 1;
  scales.value = most(run.values);
  scales.gradient = most(run.backward.flatMap((step) => [step.g, ...step.flows.map((flow) => flow.gives)]));
}

/** The colour of a number on a scale from -most to most: blue if negative, orange if positive; of a complex one, its size. */
function colour(v, most) {
  if (v instanceof Complex) return colour(isFinite(v) ? size(v) : NaN, most);
  if (Number.isNaN(v)) return dark.matches ? "#e05ad0" : "#a01890";
  if (!Number.isFinite(v)) return dark.matches ? "#ffffff" : "#10131a";
  const t = most > 0 ? Math.max(-1, Math.min(1, v / most)) : 0;
  const zero = dark.matches ? [50, 58, 72] : [233, 230, 222];
  const end = t < 0 ? (dark.matches ? [96, 170, 255] : [22, 92, 170]) : dark.matches ? [255, 148, 76] : [186, 72, 14];
  const strength = Math.abs(t) ** 0.6;
  return `rgb(${zero.map((z, i) => Math.round(z + (end[i] - z) * strength)).join(" ")})`;
}

/** The colour of text on a colour: the one of black and white that is further from it. */
function inkOn(background) {
  const [r, g, b] = background.startsWith("#") ? [1, 3, 5].map((k) => parseInt(background.slice(k, k + 2), 16)) : background.match(/\d+/g).map(Number);
  const light = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000000" : "#ffffff";
}

/**
 * The grid in which an array is shown: the last two dims form a matrix, and the matrices of the other dims are tiles in
 * a near square, with a gap of one cell. `at(k)` is the row and column of element k.
 */
function grid(array) {
  const [rows, columns] = [1, 1, ...array.shape].slice(-2);
  const size = rows * columns;
  if (!array.data.length) return { rows: 0, columns: 0 };
  const tiles = array.data.length / size;
  const across = Math.max(1, Math.min(tiles, Math.round(Math.sqrt((tiles * rows) / columns))));
  const at = (k) => {
    const [tile, within] = [Math.floor(k / size), k % size];
    return {
      row: Math.floor(tile / across) * (rows + 1) + Math.floor(within / columns),
      column: (tile % across) * (columns + 1) + (within % columns),
    };
  };
  const beside = (count, length) => count * (length + 1) - 1;
  return { rows: beside(Math.ceil(tiles / across), rows), columns: beside(across, columns), at, tiles, size };
}

/** How a tiny picture fills its frame: a very thin strip is stretched, so that it is visible. */
function fitting(array) {
  const { rows, columns } = grid(array);
  return Math.max(rows / columns, columns / rows) > 10 ? "none" : "xMidYMid meet";
}

let pictures = new WeakMap();

/** An array as a tiny picture with one pixel for each element. */
function pixels(array, most) {
  const known = pictures.get(array);
  if (known && known.most === most) return known.url;
  const { rows, columns, at } = grid(array);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(columns, 1);
  canvas.height = Math.max(rows, 1);
  const context = canvas.getContext("2d");
  array.data.forEach((v, k) => {
    const { row, column } = at(k);
    context.fillStyle = colour(v, most);
    context.fillRect(column, row, 1, 1);
  });
  const url = canvas.toDataURL();
  pictures.set(array, { most, url });
  return url;
}

/** A text shortened to a number of characters; of a dotted name the end is kept, because it is distinctive. */
function cut(text, length) {
  if (text.length <= length) return text;
  return text.includes(".") ? `…${text.slice(1 - length)}` : `${text.slice(0, length - 1)}…`;
}

const SIGNS = {
  add: "+", sub: "−", mul: "×", div: "÷", neg: "−x", square: "x²", pow: "xʸ", pow_number: "xⁿ", exp_number: "aˣ",
  sqrt: "√", root: "√", reciprocal: "1/x", abs: "|x|", mm: "@", matmul: "@", mv: "@", sum: "Σ", mean: "mean", sigmoid: "σ",
};

class Picture {
  constructor(data, holder, choose) {
    this.data = data;
    this.holder = holder;
    this.choose = choose;
    this.scale = null;
    this.draw();
  }

  /** The size of the picture at scale 1. */
  extent() {
    const lanes = Object.entries(this.data.lanes).flatMap(([i, lane]) => lane.map((slot, k) => [this.data.nodes[i].at[0] + 1 + k, slot - 0.4]));
    const at = [...this.data.nodes.map((node) => node.at), ...lanes].map((place) => this.point(place));
    return {
      width: at.reduce((most, p) => Math.max(most, p.x), 0) + CARD.width / 2 + 16,
      height: at.reduce((most, p) => Math.max(most, p.y), 0) + CARD.height / 2 + 14,
    };
  }

  /** The scale that fits the window, drawn downward or across; a graph too deep to fit follows the window's longer side. */
  fitting(downward) {
    this.downward = downward;
    const { width, height } = this.extent();
    const { clientWidth, clientHeight } = this.holder;
    const fits = Math.min(clientWidth / width, clientHeight / height);
    return fits >= READABLE ? fits : fits * 1e-3 + (downward === clientWidth < 800 ? 0.1 : 0);
  }

  /** The coordinates of a position (layer, slot) of the layout, in the drawing direction. */
  point([layer, slot]) {
    const across = { x: layer * (CARD.width + 60), y: slot * (CARD.height + 26) };
    const down = { x: slot * (CARD.width + 22), y: layer * (CARD.height + 36) };
    const { x, y } = this.downward ? down : across;
    return { x: x + CARD.width / 2 + 16, y: y + CARD.height / 2 + 14 };
  }

  draw() {
    this.downward = this.fitting(true) >= this.fitting(false);
    const at = this.data.nodes.map((node) => this.point(node.at));
    this.at = at;
    ({ width: this.width, height: this.height } = this.extent());
    const arrow = (id, orient) =>
      svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, orient, markerUnits: "userSpaceOnUse" },
        svg("path", { d: "M0 0 8 4 0 8z" }));
    this.root = svg("svg", { viewBox: `0 0 ${this.width} ${this.height}`, role: "group", "aria-label": "The nodes" },
      svg("defs", {}, arrow("arrow", "auto"), arrow("arrow-forward", "auto"), arrow("arrow-backward", "auto-start-reverse")));
    this.drawEdges();
    this.lights = svg("g");
    this.root.append(this.lights);
    this.nodes = this.data.nodes.map((node, i) => this.drawNode(node, i));
    this.pills = svg("g");
    this.root.append(this.pills);
    this.holder.replaceChildren(this.root);
    this.zoom(null);
  }

  /** The points at which an edge passes the layers between its ends; only those where its lane turns. */
  bends(from, passed) {
    const [first] = this.data.nodes[from].at;
    const lane = (this.data.lanes[from] || []).slice(0, passed);
    return lane.map((slot, k) => [first + 1 + k, slot])
      .filter((place, k) => k === 0 || k === passed - 1 || lane[k - 1] !== place[1] || lane[k + 1] !== place[1])
      .map((place) => this.point(place));
  }

  /** A smooth line through points. */
  line(points) {
    let d = `M${points[0].x} ${points[0].y}`;
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1], points[i]];
      d += this.downward
        ? `C${a.x} ${(a.y + b.y) / 2} ${b.x} ${(a.y + b.y) / 2} ${b.x} ${b.y}`
        : `C${(a.x + b.x) / 2} ${a.y} ${(a.x + b.x) / 2} ${b.y} ${b.x} ${b.y}`;
    }
    return d;
  }

  /** The distance from the middle of a card at which the edge of an argument ends. */
  aside(to, argument) {
    const count = this.data.nodes[to].args.length;
    return (argument - (count - 1) / 2) * Math.min(18, 56 / count);
  }

  /** The start of an edge on its parent: the middle, unless the child uses the parent more than once. */
  start(from, to, argument) {
    const { x, y } = this.at[from];
    const again = to !== undefined && this.data.nodes[to].args.filter(([, parent]) => parent === from).length > 1;
    const aside = again ? this.aside(to, argument) : 0;
    return this.downward ? { x: x + aside * 1.6, y: y + CARD.height / 2 + 2 } : { x: x + CARD.width / 2 + 2, y: y + aside };
  }

  end(to, argument) {
    const { x, y } = this.at[to];
    const aside = this.aside(to, argument);
    return this.downward ? { x: x + aside * 1.6, y: y - CARD.height / 2 - 2 } : { x: x - CARD.width / 2 - 2, y: y + aside };
  }

  passed({ from, to }) {
    return this.data.nodes[to].at[0] - this.data.nodes[from].at[0] - 1;
  }

  /** The whole path of an edge. */
  way(edge) {
    const { from, to, argument } = edge;
    const passed = this.passed(edge);
    return this.line([passed ? this.start(from) : this.start(from, to, argument), ...this.bends(from, passed), this.end(to, argument)]);
  }

  /** Draw the edges without highlights: those from one node share a lane, which is drawn once, and branch off it. */
  drawEdges() {
    this.data.nodes.forEach((_, i) => {
      const lane = this.data.lanes[i];
      if (lane) this.root.append(svg("path", { d: this.line([this.start(i), ...this.bends(i, lane.length)]), class: "edge lane" }));
    });
    this.edges = this.data.edges.map((edge) => {
      const passed = this.passed(edge);
      const before = passed ? this.bends(edge.from, passed).slice(-1)[0] : this.start(edge.from, edge.to, edge.argument);
      const path = svg("path", { d: this.line([before, this.end(edge.to, edge.argument)]), class: "edge" });
      this.root.append(path);
      return path;
    });
  }

  drawNode(node, i) {
    const { width, height } = CARD;
    const round = node.kind === "leaf" || node.kind === "parameter" ? 24 : 8;
    const operation = node.kind === "operation";
    const shape = node.shape && node.shape.length ? node.shape.join("×") : "";
    const inset = round > 10 ? 16 : 12;
    const long = node.label.length > 5 ? " long" : "";
    const letter = long ? 8.6 : 11;
    const letters = (taken) => Math.max(3, Math.floor((width - 2 * inset - taken) / letter));
    const left = width - 2 * inset - 6 - Math.min(node.label.length, 5) * letter; // short names are never shortened
    const sign = operation ? cut(SIGNS[node.op] || node.op, Math.floor(left / 7.5)) : node.kind === "parameter" ? "param" : node.kind;
    const beside = letters(6 + sign.length * (operation ? 7.5 : 5.8));
    const alone = !operation && node.label.length > beside; // no room for the kind, which the outline shows too
    const group = svg("g", { class: `node ${node.kind}`, transform: `translate(${this.at[i].x - width / 2} ${this.at[i].y - height / 2})` },
      svg("rect", { class: "ring", x: -4, y: -4, width: width + 8, height: height + 8, rx: round + 4 }),
      svg("rect", { class: "card", width, height, rx: round }),
      svg("text", { class: `name${long}`, x: inset, y: 22 }, cut(node.label, alone ? letters(0) : beside)),
      svg("text", { class: `${operation ? "sign" : "kind"}${sign.length > 2 ? " long" : ""}`, x: width - inset, y: 21 }, alone ? "" : sign),
      svg("g", { class: "value" }), svg("g", { class: "gradient" }));
    if (shape) group.append(svg("text", { class: "kind shape", x: width - inset, y: height - 6 }, cut(shape, 10)));
    if (i === this.data.output) group.classList.add("output");
    const words = `${node.label}: ${node.kind === "operation" ? node.op : node.kind}${shape && `, ${shape}`}`;
    group.querySelector(".card").append(svg("title", {}, words));
    group.setAttribute("role", "button"); // whose name is the text on the card: the name, the operation, the numbers
    group.setAttribute("tabindex", i === this.data.output ? 0 : -1);
    group.addEventListener("click", () => this.choose(i));
    group.addEventListener("keydown", (event) => this.walk(event, i));
    this.root.append(group);
    return { group, value: group.querySelector("g.value"), gradient: group.querySelector("g.gradient"), inset };
  }

  /** Keys on a node: Enter goes to its step, up and down to its neighbours in the order of the graph. */
  walk(event, i) {
    const to = { ArrowUp: i - 1, ArrowDown: i + 1 }[event.key];
    if (to !== undefined && this.nodes[to]) this.focus(to);
    else if (event.key === "Enter" || event.key === " ") this.choose(i);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Let the keyboard reach one node, by Tab; the others are reached from it. */
  focus(i) {
    this.reachable(i);
    this.nodes[i].group.focus({ preventScroll: true });
    this.follow([i]);
  }

  reachable(i) {
    this.nodes.forEach(({ group }, k) => group.setAttribute("tabindex", k === i ? 0 : -1));
  }

  /** Mark nodes with a class, and no others. */
  mark(name, chosen) {
    this.nodes.forEach(({ group }, i) => group.classList.toggle(name, chosen.has(i)));
  }

  /** Show a value, or nothing, in a line of a node's card. */
  put(i, which, v) {
    const node = this.nodes[i];
    const drawn = isArray(v) ? scales[which] : 0;
    if (node[`shown-${which}`] === v && node[`scale-${which}`] === drawn) return;
    node[`shown-${which}`] = v;
    node[`scale-${which}`] = drawn;
    const isValue = which === "value";
    const line = isValue ? 40 : 57;
    const children = [];
    if (isArray(v)) {
      const box = { x: node.inset + (isValue ? 0 : 41), y: 28, width: 37, height: 30 };
      children.push(svg("image", { ...box, href: pixels(v, scales[which]), preserveAspectRatio: fitting(v) }));
    } else if (v !== undefined && !(v === null && !isValue)) {
      const inset = node.inset;
      children.push(svg("text", { class: which, x: inset, y: line }, `${isValue ? "" : "∂ "}${v !== null ? number(v, v instanceof Complex ? 3 : 6) : (this.data.nodes[i].shape || []).length ? "?" : "not kept"}`));
    }
    node[which].replaceChildren(...children);
  }

  /** Show a step: the values and gradients so far, and the highlights. */
  show({ values, gradients, atWork, pulling, feeding, reached, lit, pills }) {
    this.nodes.forEach(({ group }, i) => {
      this.put(i, "value", values[i]);
      this.put(i, "gradient", gradients[i]);
      group.classList.toggle("waiting", values[i] === undefined);
      group.classList.toggle("at-work", atWork === i);
      group.classList.toggle("pulling", atWork === i && pulling);
      group.classList.toggle("feeding", feeding.has(i));
      group.classList.toggle("reached", reached.has(i));
    });
    this.edges.forEach((path, k) => path.classList.toggle("waiting", values[this.data.edges[k].to] === undefined));
    const shine = `edge lit${pulling ? " pulling" : ""}`;
    const lights = new Map([...lit].map((k) => [k, svg("path", { d: this.way(this.data.edges[k]), class: shine })]));
    this.lights.replaceChildren(...lights.values());
    this.pills.replaceChildren(...pills.map(({ edges, text, array }) => {
      const { x, y } = this.middle(edges.map((k) => lights.get(k)));
      const width = array ? 38 : 14 + text.length * 7.7;
      const inside = array
        ? svg("image", { x: -16, y: -9, width: 32, height: 18, href: pixels(array, scales.gradient), preserveAspectRatio: fitting(array) })
        : svg("text", {}, text);
      return svg("g", { class: array ? "pill array" : "pill", transform: `translate(${x} ${y})` },
        svg("rect", { x: -width / 2, y: array ? -12 : -10, width, height: array ? 24 : 20, rx: array ? 5 : 10 }), inside);
    }));
    this.lit = [atWork, ...reached, ...feeding].filter((i) => i !== null);
    if (atWork !== null && !this.holder.contains(document.activeElement)) this.reachable(atWork);
    this.follow(this.lit);
  }

  /** A point on a path, near the current node; for several paths side by side, the mean. */
  middle(paths) {
    const points = paths.map((path) => {
      const length = path.getTotalLength();
      return path.getPointAtLength(Math.max(length / 2, length - 90));
    });
    const mean = (of) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
    return { x: mean("x"), y: mean("y") };
  }

  /** Scroll the current nodes into view; the first one has priority. */
  follow(nodes) {
    if (!nodes.length) return;
    const { clientWidth, clientHeight } = this.holder;
    const span = (of, extent, room) => {
      const near = nodes.filter((i) => Math.abs(this.at[i][of] - this.at[nodes[0]][of]) * this.scale < room * 0.75);
      const places = near.map((i) => this.at[i][of] * this.scale);
      return { middle: (Math.min(...places) + Math.max(...places)) / 2, low: Math.min(...places) - extent, high: Math.max(...places) + extent };
    };
    const across = span("x", CARD.width * 0.6 * this.scale, clientWidth);
    const down = span("y", CARD.height * 0.7 * this.scale, clientHeight);
    const inView = across.low >= this.holder.scrollLeft && across.high <= this.holder.scrollLeft + clientWidth
      && down.low >= this.holder.scrollTop && down.high <= this.holder.scrollTop + clientHeight;
    if (inView) return;
    const far = Math.abs(across.middle - clientWidth / 2 - this.holder.scrollLeft) > 2 * clientWidth
      || Math.abs(down.middle - clientHeight / 2 - this.holder.scrollTop) > 2 * clientHeight;
    const still = far || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.holder.scrollTo({ left: across.middle - clientWidth / 2, top: down.middle - clientHeight / 2, behavior: still ? "instant" : "smooth" });
  }

  /** Scale the picture by a factor; null fits the whole graph into the window, if it stays readable. */
  zoom(factor) {
    const fitting = Math.min(this.holder.clientWidth / this.width, this.holder.clientHeight / this.height);
    if (factor === null) this.scale = fitting >= READABLE ? Math.min(fitting, 1.35) : this.holder.clientWidth < 800 ? 0.8 : 0.95;
    else this.scale = Math.max(Math.min(fitting, 0.2), 0.1, Math.min(3, this.scale * factor));
    this.root.setAttribute("width", Math.floor(this.width * this.scale));
    this.root.setAttribute("height", Math.floor(this.height * this.scale));
  }

  /** Fit the whole graph into the window, down to the smallest scale. */
  fit() {
    this.scale = Math.min(this.holder.clientWidth / this.width, this.holder.clientHeight / this.height, 1.35);
    this.zoom(1);
    this.follow(this.lit);
  }
}
