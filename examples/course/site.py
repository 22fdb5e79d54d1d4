"""Build a static site: the lessons with their results and pages, and the API reference; it opens without a network.

    python examples/course/site.py build/site          # then open build/site/index.html
    python examples/course/site.py build/site 01 16    # only the lessons whose names begin so, without the reference

It needs `pip install -e ".[dev]"`, for Markdown and the reference.
"""

import ast
import contextlib
import html
import io
import linecache
import os
import subprocess
import sys
from pathlib import Path

import markdown2
from notebooks import cells_of, programs

from autograd.base.text import pre

STYLE = """
body { font: 17px/1.55 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
pre { font: 13.5px/1.45 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; }
pre.code { background: #f3f4f6; padding: .7rem 1rem; border-radius: 6px; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .9em; }
.result { border-left: 3px solid #9ab; padding-left: 1rem; margin: .5rem 0 1.2rem; overflow-x: auto; }
table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .2rem .6rem; }
nav { display: flex; justify-content: space-between; gap: 1rem; }
svg, img { max-width: 100%; height: auto; }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e4e4e4; } a { color: #8ab4f8; } pre.code { background: #22262c; }
  .result svg, .result img { background: white; border-radius: 6px; }
}
"""


def build(folder, beginnings=()):
    """Write the site into a folder; of the lessons only those whose names begin so, if any beginnings are given."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [p for p in programs() if not beginnings or p.name.startswith(tuple(beginnings))]
    cells = [cells_of(program.read_text(encoding="utf-8")) for program in chosen]
    titles = [parts[0][1].splitlines()[0].removeprefix("# ") for parts in cells]
    links = [f'<a href="{program.stem}.html">{html.escape(title)}</a>' for program, title in zip(chosen, titles)]
    for i, (program, parts, title) in enumerate(zip(chosen, cells, titles)):
        around = [f"← {links[i - 1]}" if i else "", '<a href="index.html">Contents</a>']
        around.append(f"{links[i + 1]} →" if i + 1 < len(links) else "")
        nav = f"<nav><span>{'</span><span>'.join(around)}</span></nav>"
        write(folder / f"{program.stem}.html", title, nav + "".join(lesson(program.stem, parts, folder)) + nav)
    reference = ""
    if not beginnings:
        subprocess.run([sys.executable, "-m", "autograd.testing.reference", folder / "reference"], check=True)
        reference = '<p><a href="reference/index.html">The API reference</a></p>'
    listed = "".join(f"<li>{link}</li>" for link in links)
    write(folder / "index.html", "Glassgrad", f"<h1>Backpropagation, by running it</h1><ul>{listed}</ul>{reference}")


def write(path, title, body):
    """Write a page."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
    page = f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><main>{body}</main></body></html>'
    path.write_text(page, encoding="utf-8")


def lesson(name, cells, folder):
    """The HTML of each cell of a lesson, whose code is run in the folder, where its files are written."""
    variables = {"__name__": "__main__"}
    before = Path.cwd()
    os.chdir(folder)
    try:
        for number, (kind, text) in enumerate(cells, 1):
            if kind == "markdown":
                yield markdown2.markdown(text, extras=["fenced-code-blocks", "tables", "markdown-in-html"])
                continue
            code = f'<pre class="code">{html.escape(text)}</pre>'
            fold = {"check": "The check", "solution": "A solution"}.get(kind)
            yield code if fold is None else f"<details><summary>{fold}</summary>{code}</details>"
            if kind == "solution":
                continue
            if result := "".join(run(text, f"{name}, cell {number}", variables)):
                yield f'<div class="result">{result}</div>'
    finally:
        os.chdir(before)


def run(code, name, variables):
    """Run a cell; what it prints, and what its last expression shows, as HTML."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    statements, value = ast.parse(code), None
    last = statements.body.pop() if statements.body and isinstance(statements.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(statements, name, "exec"), variables)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), name, "eval"), variables)
    if printed.getvalue():
        yield pre(printed.getvalue())
    if value is not None:
        shown = (getattr(value, method, lambda: None)() for method in ("_repr_html_", "_repr_svg_"))
        yield next(filter(None, shown), None) or pre(repr(value))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build(Path(sys.argv[1]).resolve(), sys.argv[2:])
