"""Generate the notebooks of the course from its programs.

    python examples/course/notebooks.py           # write them
    python examples/course/notebooks.py --check   # only list those that are out of date

A line `# %%` starts a code cell, and `# %% [markdown]` a text cell, whose lines are comments.
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


def programs():
    """The lessons, in order."""
    return sorted(HERE.glob("[0-9][0-9]_*.py"))


def cells_of(program):
    """Each cell's kind, "markdown" or "code", and its text.

    >>> cells_of("# %% [markdown]\\n# # One\\n#\\n# Text.\\n\\n# %%\\nx = 1\\n")
    [('markdown', '# One\\n\\nText.'), ('code', 'x = 1')]
    """
    cells = []
    for line in program.splitlines():
        if line.startswith("# %%"):
            cells.append(("markdown" if line.endswith("[markdown]") else "code", []))
        elif cells:
            kind, lines = cells[-1]
            lines.append(line.removeprefix("#").removeprefix(" ") if kind == "markdown" else line)
        elif line.strip():
            raise ValueError(f"a program must begin with a cell, but got {line!r}: begin with `# %% [markdown]`")
    return [(kind, "\n".join(lines).strip("\n")) for kind, lines in cells]


def notebook_of(program):
    """The notebook of a program as JSON text, without outputs."""
    cells = []
    for number, (kind, text) in enumerate(cells_of(program)):
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
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
