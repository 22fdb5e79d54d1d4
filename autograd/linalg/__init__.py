"""Linear algebra under the names of `torch.linalg`: norms, inverses, decompositions, for stacks of matrices."""

from .solvers import *  # noqa: F403
from .solvers import __all__
