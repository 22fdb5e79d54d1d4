"""Generate the notebooks of the course from its programs.

    python examples/course/notebooks.py           # write them
    python examples/course/notebooks.py --check   # only list those that are out of date

A line `# %%` starts a code cell, and `# %% [markdown]` a text cell, whose lines are comments. `# %% [check]` starts a
code cell that is folded in JupyterLab, and `# %% [solution]` code that becomes a text cell behind a fold: a solution is
run with the program, not with the notebook.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: The metadata of the notebook format 4.5 that marks the cells as Python.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
#: The kind of a cell, by the line that starts it; any other line starts code.
KIND = {f"# %% [{kind}]": kind for kind in ("markdown", "check", "solution")}
#: The metadata of a code cell whose source is folded.
FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}


def programs():
    """The lessons, in order, and the two programs beyond them."""
    return [*sorted(HERE.glob("[0-9][0-9]_*.py")), HERE / "hundred_lines.py", HERE / "new_primitive.py"]


def cells_of(program):
    """Each cell's kind, "markdown", "code", "check" or "solution", and its text.

    >>> cells_of("# %% [markdown]\\n# # One\\n#\\n# Text.\\n\\n# %%\\nx = 1\\n")
    [('markdown', '# One\\n\\nText.'), ('code', 'x = 1')]
    """
    cells = []
    for line in program.splitlines():
        if line.startswith("# %%"):
            cells.append((KIND.get(line, "code"), []))
        elif cells:
            kind, lines = cells[-1]
            lines.append(line.removeprefix("#").removeprefix(" ") if kind == "markdown" else line)
        elif line.strip():
            raise ValueError(f"a program must begin with a cell, but got {line!r}: begin with `# %% [markdown]`")
    return [(kind, "\n".join(lines).strip("\n")) for kind, lines in cells]


def folded(code):
    """A text cell with the code behind a fold."""
    return f"<details><summary>A solution</summary>\n\n```python\n{code}\n```\n\n</details>"


def notebook_of(program):
    """The notebook of a program as JSON text, without outputs."""
    cells = []
    for number, (kind, text) in enumerate(cells_of(program)):
        source = folded(text) if kind == "solution" else text
        cell = {
            "cell_type": "markdown" if kind in ("markdown", "solution") else "code",
            "id": f"cell-{number}",
            "metadata": FOLDED if kind == "check" else {},
            "source": source.splitlines(keepends=True),
        }
        cells.append(cell | ({"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}))
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(arguments):
    """Write the notebooks, or with --check list those that are out of date; returns the exit code."""
    if arguments not in ([], ["--check"]):
        print(f"notebooks.py: expected nothing or --check, but got {' '.join(arguments)}", file=sys.stderr)
        return 2
    stale = []
    for program in programs():
        notebook, path = notebook_of(program.read_text(encoding="utf-8")), program.with_suffix(".ipynb")
        if not path.exists() or path.read_text(encoding="utf-8") != notebook:
            stale.append(path.name)
            if not arguments:
                path.write_text(notebook, encoding="utf-8")
    print("\n".join(stale) or "all notebooks are up to date")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
