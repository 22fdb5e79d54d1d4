"""Support for the programs in this folder: the command line, the data, and plots."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from pytorch.support import arguments, fashion_arguments, fashion_mnist  # noqa: F401  # re-exported


def axes(title, x, y):
    """Empty matplotlib axes; exits with an error if matplotlib is not installed. No window is opened."""
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
    """Save a plot as a PNG, and print its path."""
    plot.figure.savefig(path, dpi=120)
    print(f"saved {path}")
