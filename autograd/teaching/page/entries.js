// Entries: an entry of a product of matrices is a row times a column; choose it, and both light up and are written out.

/** A formula that begins with a product of two matrices, each of them transposed or not. */
const PRODUCT = /^\(?(\w+)(ᵀ?) @ (\w+)(ᵀ?)(.*)/;
/** The most terms that are written out. */
const MOST_TERMS = 8;

function writeOutEntries(formula, result, known, labels) {
  const found = formula.match(PRODUCT);
  if (!found) return;
  const [, left, leftTurned, right, rightTurned, rest] = found;
  const [a, b] = [known[left], known[right]];
  if (![a, b, result.array].every((v) => v && isArray(v) && v.shape.length === 2 && !v.thinned)) return;
  const bias = rest.startsWith(" + ") && isArray(known.bias) ? known.bias : null;
  const line = html("p", { class: "written idle", "aria-live": "polite" }, "Choose an entry to see its row and its column.");
  result.append(line);
  result.onchoose = (k) => {
    const [i, j] = [Math.floor(k / result.array.shape[1]), k % result.array.shape[1]];
    const length = leftTurned ? a.shape[0] : a.shape[1];
    const row = range(length).map((l) => (leftTurned ? l * a.shape[1] + i : i * a.shape[1] + l));
    const column = range(length).map((l) => (rightTurned ? j * b.shape[1] + l : l * b.shape[1] + j));
    for (const figure of document.querySelectorAll("#working figure")) {
      if (!figure.light) continue;
      const lit = [...(figure.array === a ? row : []), ...(figure.array === b ? column : [])];
      figure.light(new Set(lit));
    }
    const terms = row.map((at, l) => `${inBrackets(number(a.data[at], 3))} × ${inBrackets(number(b.data[column[l]], 3))}`);
    const sum = terms.slice(0, MOST_TERMS).join(" + ") + (terms.length > MOST_TERMS ? ` + … (${terms.length} terms)` : "");
    line.className = "written";
    const name = (label, turned) => (turned ? `${label}ᵀ` : label);
    line.textContent = `row ${i} of ${name(labels[left], leftTurned)} · column ${j} of ${name(labels[right], rightTurned)} = ${sum}`
      + `${bias ? ` + ${inBrackets(number(bias.data[j], 3))}` : ""} = ${number(result.array.data[k])}`;
  };
}
