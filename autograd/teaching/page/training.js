// Training: steps of gradient descent on the page, the curve of the loss, and the plane of two-dimensional inputs.

class Trainer {
  constructor(stepper) {
    this.stepper = stepper;
    this.losses = [];
    const { data, machine } = stepper;
    const section = document.getElementById("training");
    this.possible = machine !== null && data.nodes[data.output].shape.length === 0 && !(data.nodes[data.output].value instanceof Complex);
    section.hidden = !this.possible && machine !== null;
    if (!this.possible) {
      document.getElementById("trainer").hidden = true;
      document.getElementById("told").textContent = stepper.obstacle ? `The page cannot train: ${stepper.obstacle}.` : "";
      return;
    }
    this.rate = document.getElementById("rate");
    const places = data.nodes.filter((node) => node.kind !== "operation").map((node) => node.place);
    const own = machine.views.some(([place]) => places.includes(place));
    const setting = Object.keys(machine.settings).find((name) => name === "lr");
    if (setting) this.rate.value = machine.settings.lr;
    else if (own) document.getElementById("rate-of").hidden = true;
    document.getElementById("told").textContent = own
      ? "Each step is the update that the function itself makes." : "Each step subtracts the learning rate times the gradient from every leaf.";
    for (const count of [1, 10, 100]) document.getElementById(`train-${count}`).addEventListener("click", () => this.train(count));
    this.own = own;
    if (data.plane) this.drawPlane();
  }

  /** Take steps; what cannot be computed ends them. */
  train(count) {
    const { stepper } = this;
    if (!this.losses.length) this.losses.push(stepper.total(stepper.results));
    if ("lr" in stepper.machine.settings) stepper.machine.settings.lr = Number(this.rate.value);
    try {
      for (let n = 0; n < count; n++) {
        stepper.state = this.after(stepper.state, stepper.results);
        stepper.results = stepper.machine.run(stepper.state);
        this.losses.push(stepper.total(stepper.results));
      }
    } catch (error) {
      if (!(error instanceof OtherBranch)) throw error;
      stepper.tell(error);
    }
    stepper.refresh();
    this.draw();
  }

  /** The state after a step: what the program wrote itself, or the leaves less their gradients times the rate. */
  after(state, results) {
    const { machine, data } = this.stepper;
    const next = machine.state(state);
    for (const place of machine.written) next[place].write(next[place].places(), results[place]);
    if (this.own) return next;
    const rate = Number(this.rate.value);
    for (const { node: i, place } of data.backward) {
      const leaf = data.nodes[i];
      if (leaf.kind === "operation" || !this.stepper.canChange(i)) continue;
      const p = next[leaf.place];
      const table = p.im ? COMPLEX : REAL;
      const change = elementwise(table.multiply, [real(rate), results[place]], p.dtype);
      p.write(p.places(), elementwise(table.subtract, [p, change], p.dtype));
    }
    return next;
  }

  reset() {
    this.losses = [];
    document.getElementById("curve").replaceChildren();
    if (this.possible && this.stepper.data.plane) this.drawPlane();
  }

  draw() {
    this.drawCurve();
    if (this.stepper.data.plane) this.drawPlane();
  }

  drawCurve() {
    const { losses } = this;
    const [width, height] = [300, 96];
    const finite = losses.filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...finite), Math.max(...finite, 1e-12)];
    const x = (k) => 6 + (k / Math.max(1, losses.length - 1)) * (width - 12);
    const y = (v) => height - 8 - ((v - low) / (high - low || 1)) * (height - 16);
    const points = losses.map((v, k) => (Number.isFinite(v) ? `${x(k).toFixed(1)},${y(v).toFixed(1)}` : null)).filter(Boolean).join(" ");
    const last = losses[losses.length - 1];
    const words = `loss: ${number(losses[0])} before, ${number(last)} after ${losses.length - 1} step${losses.length === 2 ? "" : "s"}`;
    document.getElementById("curve").replaceChildren(
      svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words },
        svg("path", { class: "axis", d: `M6 ${y(0)}H${width - 6}` }), svg("polyline", { points }),
        svg("circle", { cx: x(losses.length - 1), cy: y(Number.isFinite(last) ? last : high), r: 3.5 })),
      html("p", { "aria-live": "polite", id: "loss" }, words));
  }

  /** For points of the plane, what the model predicts: rows of the inputs are put in their place, a batch at a time. */
  predictions(points) {
    const { machine, data: { plane }, state } = this.stepper;
    const out = [];
    const batch = plane.labels.length;
    for (let from = 0; from < points.length; from += batch) {
      const next = machine.state(state);
      const inputs = next[plane.inputs];
      const rows = range(batch).flatMap((k) => points[Math.min(from + k, points.length - 1)]);
      inputs.write(inputs.places(), new Nd(inputs.shape, "d", Float64Array.from(rows)));
      const given = machine.run(next, plane.prediction)[plane.prediction].whole();
      const columns = given.size / batch;
      for (let k = 0; k < Math.min(batch, points.length - from); k++) out.push(Array.from(given.data.slice(k * columns, (k + 1) * columns)));
    }
    return out;
  }

  drawPlane() {
    const { data: { plane }, state } = this.stepper;
    const inputs = Array.from(state[plane.inputs].whole().data);
    const points = plane.labels.map((_, k) => [inputs[2 * k], inputs[2 * k + 1]]);
    const bounds = [0, 1].map((d) => {
      const values = points.map((p) => p[d]);
      const margin = 0.15 * (Math.max(...values) - Math.min(...values) || 1);
      return [Math.min(...values) - margin, Math.max(...values) + margin];
    });
    const cells = 36;
    const at = (d, k) => bounds[d][0] + ((k + 0.5) / cells) * (bounds[d][1] - bounds[d][0]);
    let found;
    try {
      found = this.predictions(range(cells * cells).map((k) => [at(0, k % cells), at(1, cells - 1 - Math.floor(k / cells))]));
    } catch (error) {
      if (!(error instanceof OtherBranch)) throw error;
      return;
    }
    const canvas = html("canvas", { width: cells, height: cells });
    const context = canvas.getContext("2d");
    const threshold = plane.from === "sigmoid" ? 0.5 : Math.min(...plane.labels) < 0 || !/mse|square|sub/.test(plane.loss) ? 0 : 0.5;
    const classOf = (row) => (row.length > 1 ? row.indexOf(Math.max(...row)) : Number(row[0] > threshold));
    const labels = [...new Set(plane.labels)].sort((a, b) => a - b);
    found.forEach((row, k) => {
      context.fillStyle = CLASSES[classOf(row) % CLASSES.length][0];
      context.fillRect(k % cells, Math.floor(k / cells), 1, 1);
    });
    const along = (v, [low, high]) => ((v - low) / (high - low)) * 200;
    const place = ([u, v]) => [along(u, bounds[0]), 200 - along(v, bounds[1])];
    const right = this.predictions(points).filter((row, k) => classOf(row) === labels.indexOf(plane.labels[k])).length;
    const words = `${right} of ${points.length} points on the side of their class`;
    document.getElementById("plane").replaceChildren(
      svg("svg", { viewBox: "0 0 200 200", role: "img", "aria-label": `The data and the decision boundary: ${words}` },
        svg("image", { href: canvas.toDataURL(), width: 200, height: 200, preserveAspectRatio: "none" }),
        ...points.map((p, k) => {
          const [cx, cy] = place(p);
          const label = labels.indexOf(plane.labels[k]);
          const [d, fill] = [MARKS[label % MARKS.length], CLASSES[label % CLASSES.length][1]];
          return svg("path", { d, fill, transform: `translate(${cx.toFixed(1)} ${cy.toFixed(1)})`, class: "point" });
        })),
      html("p", {}, words));
  }
}

/** The colours of classes: of the ground, and of the points. */
const CLASSES = [["#a9cdf0", "#0b5394"], ["#f6c7a4", "#a33c00"], ["#bfe3c2", "#1d6b2e"], ["#dcc8f0", "#5b2a91"], ["#f3e3a0", "#6b5900"]];
/** Their marks: a disc, a square, a triangle, a diamond. */
const MARKS = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "M-4 -4H4V4H-4z", "M0 -5L5 4H-5z", "M0 -5L5 0L0 5L-5 0z"];
