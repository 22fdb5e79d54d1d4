// Lines: the user's lines beside the graph, lit both ways; and the trail of the first value that is not finite.

class Lines {
  constructor(stepper) {
    this.stepper = stepper;
    this.items = new Map();
    const { data } = stepper;
    const section = document.getElementById("code");
    section.hidden = !data.code.length;
    for (const { file, lines } of data.code) {
      const list = html("ol", {}, ...lines.map(([n, text, line]) => {
        const inside = [html("span", { class: "line-number" }, n), html("code", {}, text || " ")];
        if (line === null) return html("li", {}, html("span", { class: "line" }, ...inside));
        const button = html("button", { type: "button", class: "line" }, ...inside);
        const nodes = data.nodes.map((_, i) => i).filter((i) => data.nodes[i].line === line);
        const light = () => stepper.picture.mark("of-line", new Set(nodes));
        button.addEventListener("pointerenter", light);
        button.addEventListener("focus", light);
        for (const end of ["pointerleave", "blur"]) button.addEventListener(end, () => stepper.picture.mark("of-line", new Set()));
        button.addEventListener("click", () => stepper.go(stepper.stepOf(nodes[nodes.length - 1])));
        this.items.set(line, button);
        return html("li", {}, button);
      }));
      section.append(html("h3", {}, file), list);
    }
  }

  /** Light the line of the current node. */
  show(node) {
    const line = node === null ? null : this.stepper.data.nodes[node].line;
    this.items.forEach((item, at) => {
      item.classList.toggle("lit", at === line);
      if (at === line) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    const item = this.items.get(line);
    if (item) {
      const box = item.closest("ol");
      const over = item.offsetTop - box.offsetTop;
      if (over < box.scrollTop || over > box.scrollTop + box.clientHeight - 24) box.scrollTop = over - box.clientHeight / 2;
    }
  }
}

/** Where the first value that is not finite was made, and the nodes that it went on to; null if all are finite. */
function trailOf(data, run) {
  const strange = (v) => elements(v).some((x) => !isFinite(x));
  const first = data.nodes.findIndex((node, i) => strange(run.values[i]));
  if (first >= 0) {
    const trail = new Set([first]);
    data.nodes.forEach((node, i) => {
      if (i > first && strange(run.values[i]) && node.args.some(([, parent]) => trail.has(parent))) trail.add(i);
    });
    return { first, trail, backward: false };
  }
  const k = run.backward.findIndex((step) => step.flows.some((flow) => strange(flow.gives)));
  if (k < 0) return null;
  const trail = new Set([run.backward[k].node]);
  for (const step of run.backward.slice(k)) for (const flow of step.flows) if (strange(flow.gives)) trail.add(flow.to);
  return { first: run.backward[k].node, trail, backward: true };
}
