// Asking: before a step of the backward pass is shown, a part of it is asked for; a wrong answer is told what is off.

const near = (a, b) => Math.abs(a - b) <= 0.01 * Math.max(Math.abs(b), 1e-9);
const alone = (v) => typeof v === "number" && Number.isFinite(v);

class Asker {
  constructor(stepper) {
    this.stepper = stepper;
    this.answered = new Set();
    this.kind = document.getElementById("ask");
    this.box = document.getElementById("question");
    this.kind.addEventListener("change", () => { this.answered.clear(); stepper.show(); });
  }

  /** The flow of a step to ask about, if the chosen kind of question fits one. */
  flowFor(flows, kind) {
    const fits = {
      rules: (f) => f.gives !== null, numbers: (f) => alone(f.gives), factors: (f, g) => alone(f.gives) && alone(g) && g !== 0,
      entries: (f) => isArray(f.gives) && f.gives.data.length > 0 && alone(f.gives.data[0]),
    }[kind];
    const g = flows.g;
    return fits && flows.find((f) => fits(f, g));
  }

  /** Whether the current step is hidden behind a question. */
  hides(step, flows) { return !this.answered.has(step) && this.kind.value !== "order" && Boolean(this.flowFor(flows, this.kind.value)); }

  /** Show the question of a step, or none. */
  show(step, node, flows) {
    this.box.replaceChildren();
    this.box.hidden = true;
    if (this.kind.value === "order") this.askOrder(step);
    else if (this.hides(step, flows)) this.askFlow(step, node, flows);
  }

  put(question, ...answers) {
    this.verdict = html("p", { class: "verdict", role: "status" });
    const give = html("button", { type: "button", class: "give" }, "show me");
    this.box.hidden = false;
    this.box.replaceChildren(html("p", {}, html("strong", {}, question)), html("div", { class: "answers" }, ...answers, give), this.verdict);
    return give;
  }

  right(step) {
    this.answered.add(step);
    const { box } = this;
    const held = box.contains(document.activeElement);
    this.stepper.show();
    box.hidden = false;
    box.replaceChildren(html("p", { class: "verdict right", role: "status" }, "Right."));
    if (held) document.getElementById("next").focus();
  }

  wrong(text) {
    this.verdict.className = "verdict wrong";
    this.verdict.textContent = text;
  }

  askFlow(step, i, flows) {
    const { data, run } = this.stepper;
    const kind = this.kind.value;
    const flow = this.flowFor(flows, kind);
    const to = data.nodes[flow.to].label;
    const title = typeset(equation(data, i));
    if (kind === "rules") return this.askRule(step, i, flow, `${title}: which rule gives the gradient of ${to}?`);
    const field = html("input", { type: "number", step: "any", id: "answer", "aria-label": "your answer" });
    const check = html("button", { type: "submit" }, "check");
    const form = html("form", {}, field, check);
    const { g } = flows;
    let [question, wanted] = [`${title}, g = ${isArray(g) ? "the matrix" : number(g)}: which number goes to ${to}?`, flow.gives];
    if (kind === "factors") [question, wanted] = [`${title}: with which factor is g multiplied on the way to ${to}?`, flow.gives / g];
    if (kind === "entries") {
      const k = (step * 7) % flow.gives.data.length;
      const entry = `entry [${indexOf(flow.gives, k).join(", ")}]`;
      [question, wanted] = [`${title}: what is ${entry} of what goes to ${to}? The rule is ${typeset(flow.rule)}`, flow.gives.data[k]];
    }
    this.put(question, form).addEventListener("click", () => { this.answered.add(step); this.stepper.show(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = Number(field.value);
      if (field.value !== "" && near(answer, wanted)) this.right(step);
      else this.wrong(field.value === "" ? "Type a number." : this.hint(answer, wanted, flow, g, kind, run.values[i]));
    });
    return field.focus({ preventScroll: true });
  }

  /** What is off in a wrong number. */
  hint(answer, wanted, flow, g, kind, out) {
    if (near(-answer, wanted)) return "The sign is off.";
    if (kind === "numbers") {
      const factor = flow.gives / g;
      if (near(answer, g)) return "That is g alone: multiply it by the local factor.";
      if (near(answer, factor)) return "That is the local factor alone: multiply it by g.";
      if (near(answer, g + factor)) return "g and the local factor are multiplied, not added.";
      if (flow.before !== null && near(answer, flow.sum)) return "That is the sum with what came before: asked is what this step sends.";
      if (near(answer, out)) return "That is the value of the node: the gradient is g times a factor.";
      if (g !== 0 && answer !== 0) return `Your factor is ${number(answer / g, 3)} where g is ${number(g)}. The rule is ${typeset(flow.rule)}.`;
    }
    if (kind === "factors" && near(answer, flow.gives)) return "That is the product with g: asked is the factor alone.";
    if (kind === "entries" && flow.gives.data.some((v) => near(answer, v))) return "That is another entry of this matrix.";
    if (wanted !== 0 && answer !== 0) return `It is off by the factor ${number(answer / wanted, 3)}. The rule is ${typeset(flow.rule)}.`;
    return `Not yet. The rule is ${typeset(flow.rule)}.`;
  }

  /** The rule of the step among rules of other operations of this graph. */
  askRule(step, i, flow, question) {
    const { data } = this.stepper;
    const others = data.backward.flatMap((s) => s.flows.map((f) => f.rule)).concat("g", "g·x", "-g", "g·out", "g/x", "g @ yᵀ");
    const choices = [...new Set([flow.rule, ...others])].filter((rule) => rule.length < 60).slice(0, 4);
    if (!choices.includes(flow.rule)) choices[3] = flow.rule;
    const turned = step % choices.length;
    const buttons = [...choices.slice(turned), ...choices.slice(0, turned)].map((rule) => {
      const button = html("button", { type: "button" }, math(rule));
      button.addEventListener("click", () => {
        if (rule === flow.rule) this.right(step);
        else this.wrong(`${typeset(rule)} is not it: differentiate ${typeset(data.nodes[i].expression)} by ${flow.parameter}, and multiply by g.`);
      });
      return button;
    });
    this.put(question, ...buttons).addEventListener("click", () => { this.answered.add(step); this.stepper.show(); });
  }

  /** Which node comes next: it is chosen in the picture, or from a list. */
  askOrder(step) {
    const { stepper } = this;
    const turn = stepper.operations.length + 1;
    if (step < turn || step >= stepper.count - 1) return;
    const wanted = stepper.run.backward[stepper.walks[step - turn]].node;
    const list = html("select", { id: "answer", "aria-label": "the next node" }, html("option", { value: "" }, "choose a node"),
      ...stepper.operations.map((i) => html("option", { value: i }, stepper.data.nodes[i].label)));
    list.addEventListener("change", () => this.choose(Number(list.value)));
    this.wanted = wanted;
    this.put("Which node sends its gradient next? Click it in the picture, or:", list).addEventListener("click", () => stepper.go(step + 1));
  }

  /** A node was chosen: true if it answers a question. */
  choose(i) {
    const { stepper, kind, box } = this;
    if (kind.value !== "order" || box.hidden || stepper.step < stepper.operations.length + 1 || stepper.step >= stepper.count - 1) return false;
    if (i === this.wanted) {
      stepper.go(stepper.step + 1);
      return true;
    }
    const { label } = stepper.data.nodes[i];
    const walked = stepper.walks.slice(0, stepper.step - stepper.operations.length - 1).map((k) => stepper.run.backward[k].node);
    const uses = stepper.data.edges.filter((e) => e.from === i && !walked.includes(e.to));
    const waiting = uses.map((e) => stepper.data.nodes[e.to].label);
    this.wrong(walked.includes(i) ? `${label} has already sent its gradient.`
      : waiting.length ? `${label} must wait: ${[...new Set(waiting)].join(", ")} still sends it something.`
        : `${label} could go, but a younger node is ready: the youngest goes first.`);
    return true;
  }
}
