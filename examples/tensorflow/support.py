"""What the programs share and no engine does for them: the command line, the data, a curve as a picture."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from pytorch.support import arguments, fashion_arguments, fashion_mnist  # noqa: F401  # handed on


def axes(title, x, y):
    """An empty plot: matplotlib's axes, where it is installed.

    Without a screen: the programs save their pictures.
    """
    try:
        import matplotlib
    except ModuleNotFoundError:
        sys.exit('error: the pictures need matplotlib: pip install -e ".[examples]"')
    matplotlib.use("agg")
    from matplotlib import pyplot

    _, plot = pyplot.subplots(figsize=(6, 4), layout="constrained")
    plot.set(title=title, xlabel=x, ylabel=y)
    plot.locator_params(axis="x", integer=True)
    plot.spines[["top", "right"]].set_visible(False)
    return plot


def save(plot, path):
    """Save a plot as a PNG, and say so."""
    plot.figure.savefig(path, dpi=120)
    print(f"saved {path}")
