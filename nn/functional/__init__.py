"""Layers and losses as functions: `nn.functional`, by convention imported as `F`."""

from types import FunctionType as _FunctionType
from typing import TYPE_CHECKING

from autograd.surface import make_public as _make_public

from .activations import *
from .attention import *
from .conv import *
from .crossentropy import *
from .distance import *
from .dropout import *
from .embedding import *
from .fractional import *
from .grids import *
from .likelihoods import *
from .margins import *
from .multi_head import *
from .normalization import *
from .pooling import *
from .regression import *
from .vision import *

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = [name for name, value in globals().items() if isinstance(value, _FunctionType) and name[0] != "_"]
    _make_public(globals())
