"""Automatic differentiation that you can see through, under PyTorch's names.

>>> import autograd as torch
>>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

# mypy: implicit-reexport

from __future__ import annotations

import warnings
from threading import RLock as _RLock
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING, Any

from . import aliases, amp, cuda, fft, graph, linalg, methods, signal, special, surface, without_effect
from .amp import autocast, is_autocast_enabled
from .base.allocator import keep_freed_memory as _keep_freed_memory, use_short_buffers as _use_short_buffers
from .base.device import *
from .base.dtypes import (
    bfloat16,
    bool_ as bool,
    can_cast,
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    float_ as float,
    get_default_dtype,
    half,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    int_ as int,
    long,
    promote_types,
    result_type,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .base.size import Size
from .core.grad_mode import *
from .core.tensor import Tensor
from .cpu_only import get_device
from .graph import save_on_cpu, saved_tensors_hooks
from .linalg.factorizations import householder_product, lu_unpack
from .linalg.older_names import (
    chain_matmul,
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    geqrf,
    logdet,
    lu_solve,
    norm,
    pca_lowrank,
    pinverse,
    qr,
    svd,
    svd_lowrank,
    triangular_solve,
)
from .linalg.products import matrix_exp, matrix_power
from .linalg.solvers import det, inv, slogdet
from .ops.creation.conversion import *
from .ops.creation.filled import *
from .ops.creation.from_data import *
from .ops.creation.like import *
from .ops.creation.random import *
from .ops.elementwise.arithmetic import *
from .ops.elementwise.comparison import *
from .ops.elementwise.complex_numbers import *
from .ops.elementwise.composites import *
from .ops.elementwise.elementary import *
from .ops.elementwise.entropy import *
from .ops.elementwise.selection import *
from .ops.fused.softmax import *
from .ops.matrix.distances import *
from .ops.matrix.einsum import *
from .ops.matrix.functions import *
from .ops.matrix.products import *
from .ops.protocols.copying import *
from .ops.protocols.printing import *
from .ops.reduce.cumulative import *
from .ops.reduce.differences import *
from .ops.reduce.ordering import *
from .ops.reduce.reductions import *
from .ops.reduce.statistics import *
from .ops.shape.combinations import *
from .ops.shape.complex_pairs import *
from .ops.shape.diagonals import *
from .ops.shape.indexing import *
from .ops.shape.joining import *
from .ops.shape.padding import *
from .ops.shape.reordering import *
from .ops.shape.reshape import *
from .ops.shape.scattering import *
from .ops.shape.splitting import *
from .ops.shape.strided import *
from .ops.special.bessel import *
from .ops.special.error_function import *
from .ops.special.gamma import *
from .settings import *
from .signal.spectrograms import *
from .special import multigammaln as mvlgamma, polygamma
from .transforms.anomaly import *
from .transforms.function import *
from .transforms.gradients import *
from .typed_tensors import *

__version__ = "0.1.0"

inverse, newaxis = inv, None

surface.make_public(globals(), [name for name in globals() if not name.startswith("_")])
methods.put_on_tensor()
_keep_freed_memory()
_use_short_buffers()
# Infinity and NaN are values: see `base/numpy_warnings.py`.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"(autograd|nn)\.")

aliases.install()
_without_effect = without_effect.names_of("")

if TYPE_CHECKING:
    from . import (
        autograd,
        distributed,
        distributions,
        extend,
        forward_ad,
        func,
        functional,
        masked,
        nn,
        optim,
        tensorflow,
        utils,
    )
    from .func import vmap
    from .saving.serialization import load, save
    from .tape.gradient_tape import GradientTape

#: Names that are imported on first use, to keep `import autograd` fast, and the module that has each of them.
_LATE = {
    "GradientTape": "autograd.tape", "compile": "autograd.compiler", "gradcheck": "autograd.testing",
    "gradgradcheck": "autograd.testing", "load": "autograd.saving.serialization",
    "save": "autograd.saving.serialization", "vmap": "autograd.func",
}  # fmt: skip
#: Functions of `nn.functional` that PyTorch has at the top level too.
_FUNCTIONAL = {
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "bilinear", "celu", "channel_shuffle",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "cosine_similarity",
    "dropout", "feature_alpha_dropout", "group_norm", "hardshrink", "layer_norm", "max_pool1d", "max_pool2d",
    "max_pool3d", "pairwise_distance", "pdist", "pixel_shuffle", "pixel_unshuffle", "prelu", "rms_norm", "rrelu",
    "selu", "threshold",
}  # fmt: skip
#: Modules that are imported on first use.
_MODULES = {
    "compiler",
    "backends",
    "distributed",
    "extend",
    "forward_ad",
    "func",
    "functional",
    "masked",
    "multiprocessing",
    "profiler",
    "teaching",
    "tensorflow",
    "testing",
    "types",
    "utils",
}

#: Held by the thread that imports such a name: threads that import a package and its parts at once see them half done.
_importing = _RLock()


def __getattr__(name: str) -> Any:
    """Import a name that is imported on first use; an in-place function, such as `relu_`, is the method."""
    if name.endswith("_") and not name.startswith("_") and hasattr(Tensor, name):
        return getattr(Tensor, name)
    if name.startswith("_foreach_"):
        return getattr(aliases.load("autograd.foreach"), name)
    # Unknown names never wait: a module that is being imported may look for one while another thread waits for it.
    if name not in _MODULES | _FUNCTIONAL | _LATE.keys() and f"{__name__}.{name}" not in aliases.ALIASES:
        return _without_effect(name)
    with _importing:
        return _import(name)


def _import(name: str) -> Any:
    try:
        if name in _LATE or name in _FUNCTIONAL:
            value = globals()[name] = getattr(aliases.load(_LATE.get(name, "nn.functional")), name)
            return value
        return aliases.load(f"{__name__}.{name}")
    except AttributeError as error:  # which `from autograd import nn` would take for a missing name
        raise ImportError(f"autograd.{name} could not be imported: {error}") from error


if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = [  # noqa: PLE0604 - every public name that was imported or defined above
        *_LATE,
        *(name for name in _FUNCTIONAL if name.startswith("conv")),
        *("amp", "backends", "cuda", "fft", "func", "functional", "linalg", "masked", "signal", "special"),
        *(
            name
            for name, value in globals().items()
            if not (
                name.startswith("_")
                or isinstance(value, _ModuleType)
                or name in {"Any", "TYPE_CHECKING", "annotations"}
            )
        ),
    ]
