// The stepper: the current step, the values known at that step, and the controls.

/** Parse the page's data: NaN and infinity are words in JSON, and arrays are indices into one table. */
function readData(text) {
  const data = JSON.parse(text);
  const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  const plain = (v) => (typeof v === "string" ? WORDS[v] : v);
  data.arrays.forEach((array) => { array.data = array.data.map(plain); });
  const value = (v) => (Array.isArray(v) ? data.arrays[v[0]] : plain(v));
  const single = (v, dtype) => (typeof v === "number" ? rounded(v, dtype) : v); // a float32 is written with few digits
  for (const node of data.nodes) {
    node.line = node.line === null ? null : data.lines[node.line];
    node.value = single(value(node.value), node.dtype);
    for (const name of Object.keys(node.constants)) node.constants[name] = plain(node.constants[name]);
  }
  for (const step of data.backward) {
    const { dtype } = data.nodes[step.node];
    step.g = single(value(step.g), dtype);
    for (const flow of step.flows) {
      for (const name of ["computed", "gives", "before", "sum"]) flow[name] = single(value(flow[name]), dtype);
    }
  }
  return data;
}

class Stepper {
  constructor(data) {
    this.data = data;
    this.first = { values: data.nodes.map((node) => node.value), backward: data.backward };
    this.run = this.first;
    this.changed = {};
    this.operations = data.nodes.map((_, i) => i).filter((i) => data.nodes[i].kind === "operation");
    this.walks = data.backward.map((_, k) => k).filter((k) => data.backward[k].flows.length);
    this.count = 1 + this.operations.length + 1 + this.walks.length;
    this.step = 0;
    this.timer = null;
    this.made = Object.fromEntries(this.operations.map((i, at) => [i, at + 1]));
    this.picture = new Picture(data, document.getElementById("picture"), (i) => this.go(this.stepOf(i)));
    this.obstacle = obstacle(data);
    this.fillLeaves();
  }

  /** The step that belongs to a node: its forward step during the forward pass, else its backward step. */
  stepOf(i) {
    const turn = this.operations.length + 1;
    const k = this.walks.findIndex((walk) => this.data.backward[walk].node === i);
    if (this.step >= turn) return k >= 0 ? turn + 1 + k : this.firstArrival(i);
    return this.made[i] || 0;
  }

  firstArrival(i) {
    const k = this.walks.findIndex((walk) => this.data.backward[walk].flows.some((flow) => flow.to === i));
    return k < 0 ? this.step : this.operations.length + 2 + k;
  }

  /** The gradients after a number of backward steps. */
  gradientsAfter(walks) {
    const gradients = { [this.data.output]: this.run.backward[0].g };
    for (const k of this.walks.slice(0, walks)) {
      for (const flow of this.run.backward[k].flows) gradients[flow.to] = flow.sum;
    }
    return gradients;
  }

  go(step) {
    this.step = Math.max(0, Math.min(this.count - 1, Math.trunc(step)));
    this.show();
  }

  /** Update the whole page to the current step. */
  show() {
    const { data, run, step } = this;
    const turn = this.operations.length + 1;
    const backward = step >= turn;
    const walked = backward ? step - turn : 0;
    const at = step === 0 ? null : backward ? (walked ? run.backward[this.walks[walked - 1]].node : data.output) : this.operations[step - 1];
    const values = run.values.map((v, i) => (backward || !this.made[i] || this.made[i] <= step ? v : undefined));
    const gradients = backward ? this.gradientsAfter(walked) : {};
    const flows = walked ? run.backward[this.walks[walked - 1]].flows : [];
    const used = !backward && at !== null ? data.nodes[at].args.map(([, parent]) => parent).filter((parent) => parent !== null) : [];
    const edgeOf = (flow) => data.edges.findIndex(
      (edge) => edge.to === at && edge.from === flow.to && data.nodes[at].args[edge.argument][0] === flow.parameter);
    const lit = new Set(backward ? flows.map(edgeOf) : data.edges.map((_, k) => k).filter((k) => data.edges[k].to === at));
    this.picture.show({
      values, gradients, atWork: at, pulling: backward, lit,
      feeding: new Set(used), reached: new Set(flows.map((flow) => flow.to)),
      pills: this.pills(flows, edgeOf),
    });
    this.say(at, walked, backward);
    this.fillGradients(gradients);
    this.fillAll(values, gradients);
    const slider = document.getElementById("slider");
    slider.value = step;
    slider.setAttribute("aria-valuetext", `${this.phase(walked, backward)}: ${at === null ? "the leaves" : equation(data, at)}`);
    document.getElementById("count").textContent = `${step} / ${this.count - 1}`;
    for (const [id, off] of [["first", step === 0], ["back", step === 0], ["next", step === this.count - 1], ["last", step === this.count - 1]]) {
      document.getElementById(id).disabled = off;
    }
    document.body.dataset.step = step;
  }

  /** The labels on the edges: arrays as pictures, numbers as text; several numbers for one parent as a sum. */
  pills(flows, edgeOf) {
    const arrays = flows.filter((flow) => isArray(flow.gives));
    const scalars = flows.filter((flow) => !isArray(flow.gives) && flow.gives !== null);
    const sums = [...new Set(scalars.map((flow) => flow.to))].map((to) => {
      const its = scalars.filter((flow) => flow.to === to);
      const sum = its.map((flow, k) => (k ? inBrackets(number(flow.gives, 4)) : number(flow.gives, 4))).join(" + ");
      return { edges: its.map(edgeOf), text: sum };
    });
    return [...sums, ...arrays.map((flow) => ({ edges: [edgeOf(flow)], array: flow.gives }))];
  }

  phase(walked, backward) {
    if (backward) return walked ? `backward ${walked} of ${this.walks.length}` : "start of backward";
    return this.step ? `forward ${this.step} of ${this.operations.length}` : "start";
  }

  say(at, walked, backward) {
    const { data, run } = this;
    const phase = document.getElementById("phase");
    phase.textContent = this.phase(walked, backward);
    phase.classList.toggle("backward", backward);
    let words;
    if (at === null) {
      words = { parts: [html("p", {}, "The leaves have their values. In the next steps each operation computes its value, parents before children.")], announcement: "The leaves have their values" };
    } else if (!backward) words = forwardWords(data, run, at);
    else if (!walked) words = this.beginning(at);
    else words = backwardWords(data, run, this.walks[walked - 1]);
    if (this.step === this.count - 1) {
      words.parts.push(html("p", { class: "note" }, "This is the last step: the gradients of the leaves are complete."));
      words.announcement += ". This is the last step";
    }
    document.getElementById("what").textContent = at === null ? "The leaves" : typeset(equation(data, at));
    document.getElementById("working").replaceChildren(...words.parts.filter((part) => part !== null));
    document.getElementById("announcement").textContent = `${phase.textContent}. ${words.announcement}.`;
  }

  beginning(at) {
    const label = this.data.nodes[at].label;
    const g = this.run.backward[0].g;
    const one = isArray(g) ? null : html("p", {}, math(`∂${label}/∂${label} = `), html("span", { class: "number backward" }, number(g)));
    return {
      parts: [html("p", {}, `Now the backward pass. It starts with the cotangent of ${label} itself. Each node is visited once, the youngest first, when all the operations that used it have sent their contributions.`),
        one || heatMap(`g = ∂${label}/∂${label}`, g)],
      announcement: `Now the backward pass, from ${label}`,
    };
  }

  // -- the leaves and their sliders

  fillLeaves() {
    const { data } = this;
    const body = document.querySelector("#leaves tbody");
    this.leafCells = [];
    let offered = 0;
    data.nodes.forEach((node, i) => {
      if (node.kind !== "leaf" && node.kind !== "parameter") return;
      const value = html("td", { class: "value" });
      const gradient = html("td", { class: "gradient", "data-leaf": i });
      if (typeof node.value === "number" && Number.isFinite(node.value) && this.obstacle === null) {
        offered++;
        value.append(...this.slider(node, i));
      } else value.append(isArray(node.value) ? `array of ${node.shape.join("×")}` : number(node.value));
      const row = html("tr", {}, html("th", { scope: "row" }, node.label), value);
      body.append(row);
      if (isArray(node.value)) { // its picture has a row of its own
        value.colSpan = 2;
        gradient.colSpan = 3;
        body.append(html("tr", { class: "wide" }, gradient));
      } else row.append(gradient);
      this.leafCells.push([i, gradient]);
    });
    const single = this.leafCells.some(([i]) => !isArray(data.nodes[i].value));
    document.getElementById("live").textContent = offered
      ? "Change a value, and the page recomputes the forward and the backward pass."
      : single && this.obstacle !== null
        ? `The values cannot be changed, because the page cannot recompute this graph: ${this.obstacle}.`
        : "Only a leaf that is a single number can be changed, and there is none.";
  }

  slider(node, i) {
    const reach = Math.max(2, 2 * Math.abs(node.value));
    const range = html("input", { type: "range", min: node.value - reach, max: node.value + reach, step: reach / 100, "aria-label": `slide ${node.label}`, "data-slide": i });
    const exact = html("input", { type: "number", step: "any", "aria-label": `value of ${node.label}`, "data-value": i });
    const set = (v) => { range.value = v; exact.value = Number(v.toPrecision(7)); };
    set(node.value);
    range.addEventListener("input", () => { exact.value = Number(Number(range.value).toPrecision(7)); this.change(i, Number(exact.value)); });
    exact.addEventListener("input", () => {
      if (exact.value === "" || !Number.isFinite(Number(exact.value))) return;
      range.value = exact.value;
      this.change(i, Number(exact.value));
    });
    (this.resets ||= []).push(() => set(node.value));
    return [exact, range];
  }

  change(i, v) {
    this.changed[i] = v;
    this.run = recompute(this.data, this.changed);
    document.getElementById("reset").hidden = false;
    this.show();
  }

  reset() {
    this.changed = {};
    this.run = this.first;
    this.resets.forEach((set) => set());
    document.getElementById("reset").hidden = true;
    this.show();
  }

  fillGradients(gradients) {
    for (const [i, cell] of this.leafCells) {
      const g = gradients[i];
      cell.dataset.exact = isArray(g) ? JSON.stringify(g.data.map(String)) : String(g);
      cell.replaceChildren(isArray(g) ? heatMap(`∂/∂${this.data.nodes[i].label}`, g) : g === undefined ? "·" : number(g, 6));
    }
  }

  /** Fill the table of all nodes, if it is open. */
  fillAll(values, gradients) {
    const all = document.getElementById("all");
    if (!all.open) return;
    const text = (v) => (isArray(v) ? "array" : v === undefined ? "·" : number(v, 6));
    all.querySelector("tbody").replaceChildren(...this.data.nodes.map((node, i) =>
      html("tr", {}, html("th", { scope: "row" }, node.label), html("td", {}, node.op || node.kind),
        html("td", {}, node.shape ? node.shape.join("×") || "·" : "?"),
        html("td", { class: "value" }, text(values[i])), html("td", { class: "gradient" }, text(gradients[i])))));
  }

  // -- the controls

  play() {
    const button = document.getElementById("play");
    if (this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    } else {
      if (this.step === this.count - 1) this.go(0);
      this.timer = setInterval(() => {
        this.go(this.step + 1);
        if (this.step === this.count - 1) this.play();
      }, 1200);
    }
    button.textContent = this.timer === null ? "play" : "pause";
    button.setAttribute("aria-label", this.timer === null ? "Play" : "Pause");
  }

  listen() {
    const actions = {
      first: () => this.go(0), back: () => this.go(this.step - 1), next: () => this.go(this.step + 1),
      last: () => this.go(this.count - 1), play: () => this.play(), reset: () => this.reset(),
      smaller: () => this.picture.zoom(1 / 1.25), larger: () => this.picture.zoom(1.25), fit: () => this.picture.fit(),
    };
    for (const [id, act] of Object.entries(actions)) document.getElementById(id).addEventListener("click", act);
    const slider = document.getElementById("slider");
    slider.max = this.count - 1;
    document.getElementById("track").style.setProperty("--turn", `${(100 * (this.operations.length + 0.5)) / Math.max(this.count - 1, 1)}%`);
    slider.addEventListener("input", () => this.go(Number(slider.value)));
    document.getElementById("all").addEventListener("toggle", () => this.show());
    const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", " ": "play", "+": "larger", "=": "larger", "-": "smaller", 0: "fit" };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      if (event.target.matches("input") || (event.key === " " && event.target.matches("button, summary"))) return;
      event.preventDefault();
      actions[keys[event.key]]();
    });
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width && width < 860) return; // the address bar of a phone appears and disappears
      width = window.innerWidth;
      this.picture.draw();
      this.show();
    });
    dark.addEventListener("change", () => {
      this.data.arrays.forEach((array) => pictures.delete(array));
      this.picture.draw();
      this.show();
    });
  }
}

const data = readData(document.getElementById("data").textContent);
document.title = `Backpropagation of ${data.nodes[data.output].label}, step by step`;
const counted = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
document.getElementById("about").textContent = [
  counted(data.nodes.filter((node) => node.kind === "operation").length, "operation"),
  counted(data.nodes.filter((node) => node.kind === "leaf" || node.kind === "parameter").length, "leaf").replace("leafs", "leaves"),
].join(", ");
const stepper = new Stepper(data);
stepper.listen();
stepper.go(Number(location.hash.slice(1)) || 0); // page.html#7 opens at step 7
