// The stepper: the current step, the values known at that step, and the controls.

class Stepper {
  constructor(data) {
    this.data = data;
    this.first = { values: data.nodes.map((node) => node.value), others: data.nodes.map((node) => othersIn(node)), backward: data.backward };
    this.run = this.first;
    this.obstacle = data.obstacle;
    this.machine = data.program && new Program(data.program);
    if (this.machine) this.start();
    setScales(this.run);
    this.operations = data.nodes.map((_, i) => i).filter((i) => data.nodes[i].kind === "operation");
    this.walks = data.backward.map((_, k) => k).filter((k) => data.backward[k].flows.length);
    this.count = 1 + this.operations.length + 1 + this.walks.length;
    this.step = 0;
    this.timer = null;
    this.made = Object.fromEntries(this.operations.map((i, at) => [i, at + 1]));
    this.picture = new Picture(data, document.getElementById("picture"), (i) => this.choose(i));
    this.asker = new Asker(this);
    this.lines = new Lines(this);
    this.leaves = new Leaves(this);
    this.trainer = new Trainer(this);
    this.legend();
  }

  /** Compute for the first time. A page that cannot, or that gets other numbers than the engine, says so and shows the engine's. */
  start() {
    const missing = this.machine.missing();
    if (missing) this.obstacle = `the page does not know NumPy's ${missing}`;
    else {
      this.state = this.machine.state();
      try {
        this.results = this.computed(this.state);
        const other = differing(this.data, this.first, shownRun(this.data, this.state, this.results));
        if (other !== null) this.obstacle = `the page computes another ${other} than the engine`;
      } catch (error) {
        this.obstacle = `the page stopped with “${error.message}”`;
      }
    }
    if (this.obstacle) this.machine = null;
  }

  /** The values of a program, and with them the complete gradients of the leaves. Throws an OtherBranch. */
  computed(state) { return this.machine.run(state); }

  /** The complete gradient of each leaf, as an array of the program. */
  get complete() {
    return new Map(this.data.backward.map((step) => [step.node, this.results[step.place]]));
  }

  /** Whether a leaf was there before: one that the function makes has no value of its own. */
  canChange(i) {
    const { place } = this.data.nodes[i];
    return this.machine.changing.includes(place);
  }

  /** The output, weighted with the first cotangent: a single number, whose gradients are shown. */
  total(results) {
    const { place, value } = this.data.nodes[this.data.output];
    const out = place === null ? value : shownOf(results[place]);
    const g = elements(this.data.backward[0].g);
    return elements(out).reduce((sum, v, k) => sum + (v.re !== undefined || g[k].re !== undefined ? (v.re ?? v) * (g[k].re ?? g[k]) + (v.im ?? 0) * (g[k].im ?? 0) : v * g[k]), 0);
  }

  /** Choose a node: it may be an answer, else it is gone to. */
  choose(i) {
    if (!this.asker.choose(i)) this.go(this.stepOf(i));
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
    const flows = walked ? [...run.backward[this.walks[walked - 1]].flows] : [];
    flows.g = walked ? run.backward[this.walks[walked - 1]].g : undefined;
    const hidden = walked > 0 && this.asker.hides(step, flows);
    const gradients = backward ? this.gradientsAfter(hidden ? walked - 1 : walked) : {};
    const used = !backward && at !== null ? data.nodes[at].args.map(([, parent]) => parent).filter((parent) => parent !== null) : [];
    const edgeOf = (flow) => data.edges.findIndex(
      (edge) => edge.to === at && edge.from === flow.to && data.nodes[at].args[edge.argument][0] === flow.parameter);
    const lit = new Set(backward ? flows.map(edgeOf) : data.edges.map((_, k) => k).filter((k) => data.edges[k].to === at));
    this.picture.show({
      values, gradients, atWork: at, pulling: backward, lit,
      feeding: new Set(used), reached: new Set(flows.map((flow) => flow.to)),
      pills: hidden ? [] : this.pills(flows, edgeOf),
    });
    this.say(at, walked, backward, hidden);
    this.asker.show(step, at, flows);
    this.lines.show(at);
    this.leaves.show(run.values, gradients);
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

  say(at, walked, backward, hidden) {
    const { data, run } = this;
    const phase = document.getElementById("phase");
    phase.textContent = this.phase(walked, backward);
    phase.classList.toggle("backward", backward);
    let words;
    if (at === null) {
      words = { parts: [html("p", {}, "The leaves have their values. In the next steps each operation computes its value, parents before children.")], announcement: "The leaves have their values" };
    } else if (!backward) words = forwardWords(data, run, at);
    else if (!walked) words = this.beginning(at);
    else if (hidden) words = this.question(at, walked);
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
        one || heatMap(`g = ∂${label}/∂${label}`, g, scales.gradient)],
      announcement: `Now the backward pass, from ${label}`,
    };
  }

  /** While a step is asked about, what there is to work with: the values that the operation was given, and g. */
  question(at, walked) {
    const { data, run } = this;
    const node = data.nodes[at];
    const g = run.backward[this.walks[walked - 1]].g;
    const given = node.args.filter(([, parent]) => parent !== null).map(([, parent]) => [data.nodes[parent].label, run.values[parent]]);
    const known = [...given, [node.label, run.values[at]]];
    return {
      parts: [...known.filter(([, v]) => !isArray(v)).map(([name, v]) => shown(name, v)), shown("g", g, scales.gradient),
        sideBySide(known.filter(([name], k) => known.findIndex(([other]) => other === name) === k)), othersOf(data, run, at)],
      announcement: `${equation(data, at)}: a question`,
    };
  }

  // -- other values

  change(i, k, v) {
    writeEntry(this.state[this.data.nodes[i].place], k, v);
    this.trainer.losses = [];
    try {
      this.results = this.computed(this.state);
    } catch (error) {
      if (!(error instanceof OtherBranch)) throw error;
      return this.tell(error);
    }
    this.refresh();
    return this.trainer.possible && this.trainer.draw();
  }

  tell() {
    document.getElementById("branch").textContent = "With these values the program would take another way (an if, a shape, or a number read from a tensor), which was not recorded: the last values that could be computed are shown.";
  }

  /** Show the numbers of the present state. */
  refresh() {
    document.getElementById("branch").textContent = "";
    this.run = shownRun(this.data, this.state, this.results);
    this.changed();
    document.getElementById("reset").hidden = false;
    this.show();
  }

  reset() {
    this.state = this.machine.state();
    this.results = this.computed(this.state);
    this.run = this.first;
    document.getElementById("branch").textContent = "";
    document.getElementById("reset").hidden = true;
    this.changed();
    this.trainer.reset();
    this.show();
  }

  /** The numbers are others: take their scale, and look for the first that is not finite. */
  changed() {
    setScales(this.run);
    this.legend();
  }

  legend() {
    const { data, run } = this;
    for (const kind of ["value", "gradient"]) {
      const bar = document.getElementById(`scale-${kind}`);
      const most = scales[kind];
      bar.style.background = `linear-gradient(to right, ${range(9).map((k) => colour(((k - 4) / 4) * most, most)).join(", ")})`;
      bar.nextElementSibling.textContent = `±${number(most, 2)}`;
      bar.parentElement.hidden = !data.nodes.some((node) => isArray(node.value));
    }
    const all = [...run.values, ...run.backward.flatMap((step) => step.flows.map((flow) => flow.gives))].flatMap(elements);
    for (const [id, there] of [["is-nan", all.some((v) => Number.isNaN(size(v)))], ["is-infinite", all.some((v) => size(v) === Infinity)]]) {
      document.getElementById(id).hidden = !there;
    }
    document.getElementById("is-nan").querySelector("i").style.background = colour(NaN, 1);
    document.getElementById("is-infinite").querySelector("i").style.background = colour(Infinity, 1);
    const trail = trailOf(data, run);
    this.picture.mark("on-trail", trail ? trail.trail : new Set());
    this.picture.mark("first-strange", new Set(trail ? [trail.first] : []));
    const told = document.getElementById("trail");
    told.hidden = trail === null;
    if (!trail) return;
    const go = (i, text = data.nodes[i].label) => {
      const button = html("button", { type: "button" }, text);
      const step = trail.backward ? this.operations.length + 2 + this.walks.findIndex((walk) => data.backward[walk].node === i) : this.made[i] || 0;
      button.addEventListener("click", () => this.go(step));
      return button;
    };
    const trailed = [...trail.trail];
    const line = data.nodes[trail.first].line;
    told.replaceChildren(html("strong", {}, trail.backward ? "The first gradient that is not finite is made at " : "The first value that is not finite is "),
      go(trail.first, typeset(equation(data, trail.first))), line === null ? ". " : ` (${data.lines[line]}). `,
      ...(trailed.length > 1 ? ["It goes on to ", ...trailed.slice(1, 12).flatMap((i) => [go(i), " "]), trailed.length > 12 ? ` and ${trailed.length - 12} more.` : ""] : []));
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
    document.getElementById("h").addEventListener("change", () => this.show());
    document.getElementById("all").addEventListener("toggle", () => this.show());
    const keys = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", " ": "play", "+": "larger", "=": "larger", "-": "smaller", 0: "fit" };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      if (event.target.matches("input, select") || (event.key === " " && event.target.matches("button, summary"))) return;
      event.preventDefault();
      actions[keys[event.key]]();
    });
    const again = () => {
      this.picture.draw();
      this.legend();
      this.show();
    };
    let width = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width && width < 860) return; // the address bar of a phone appears and disappears
      width = window.innerWidth;
      again();
    });
    dark.addEventListener("change", () => {
      pictures = new WeakMap();
      this.leaves.rows.forEach((row) => { row.most = row.scale = null; });
      again();
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
