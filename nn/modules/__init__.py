"""The layers, in files with PyTorch's names: `nn.modules.Linear`, `nn.modules.batchnorm._BatchNorm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import module
from ..module import *
from ..parameter import *
from . import batchnorm as instancenorm, utils
from .activation import *
from .adaptive import *
from .attention import *
from .batchnorm import *
from .container import *
from .conv import *
from .distance import *
from .dropout import *
from .flatten import *
from .fold import *
from .linear import *
from .loss import *
from .normalization import *
from .padding import *
from .pixelshuffle import *
from .pooling import *
from .rnn import *
from .sparse import *
from .transformer import *
from .upsampling import *

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = [name for name, value in globals().items() if isinstance(value, type)]
