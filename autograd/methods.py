"""Every operator and method of Tensor: each is a function first, and gets its place on the class here.

To add a method, write the function beside its family and add its name to `METHODS`, at the line of its module.
The first parameter of the function is the tensor.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from . import cpu_only, special, typed_tensors
from .core.operands import declined
from .core.primitive import registry
from .core.public import public
from .core.tensor import Tensor
from .linalg import older_names, products as matrix_powers, solvers
from .ops.creation import conversion, like, random
from .ops.elementwise import arithmetic, comparison, complex_numbers, composites, elementary, entropy, selection
from .ops.fused import softmax as softmaxes
from .ops.inplace import filling, forms, writing
from .ops.matrix import distances, functions, products
from .ops.protocols import copying, numpy_ufuncs, printing, python_protocols
from .ops.reduce import cumulative, ordering, reductions, statistics
from .ops.shape import diagonals, indexing, reordering, reshape as shapes, scattering, splitting, strided
from .ops.special import bessel, error_function, gamma
from .signal import spectrograms
from .transforms import gradients, hooks


def _operator(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator of a function: it returns NotImplemented for an operand of an unknown type, see `declined`."""
    made = registry.get(function.__name__)
    if made is not None and made.function is function and made.operator is not None:
        return made.operator

    @functools.wraps(function)
    def operator(self: Any, other: Any) -> Any:
        try:
            return function(self, other)
        except Exception as error:
            return declined(error, function, self, other)

    return operator


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator with its operands exchanged: what Python calls for `2 - x`."""
    operator = _operator(function)

    def reflected(self: Any, other: Any) -> Any:
        return operator(other, self)

    reflected.__name__ = reflected.__qualname__ = f"reflected_{function.__name__}"
    return reflected


def _method(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function as a method of Tensor: it takes no `out=`, as in PyTorch."""
    made = registry.get(function.__name__)
    if made is None or made.function is not function or made.method is None:
        return public(function, "autograd", f"Tensor.{name}")
    method: Any = made.method
    method.__module__, method.__qualname__ = "autograd", f"Tensor.{name}"
    method.__signature__ = _SIGNATURES[len(made.parameters)]
    return made.method


#: The signatures of the methods of elementwise primitives, by the number of their arguments.
_SIGNATURES = {1: inspect.signature(lambda input: input), 2: inspect.signature(lambda input, other: input)}


def notebook_html(self: Tensor) -> str | None:
    """What a notebook shows: the numbers and the graph; None, for the numbers alone, if there is no graph."""
    from .teaching.notebook import tensor_html  # a higher layer: imported when a notebook shows a tensor

    return tensor_html(self)


def _from(module: ModuleType, names: str) -> dict[str, Any]:
    """The functions of a module that become methods of the same name."""
    return {name: getattr(module, name) for name in names.split()}


#: The operators that have a reflected form, by their names without underscores.
_OPERATORS = {
    "add": arithmetic.plus, "sub": arithmetic.minus, "mul": arithmetic.mul, "floordiv": arithmetic.floor_divide,
    "mod": arithmetic.remainder, "pow": arithmetic.pow, "matmul": products.matmul, "and": comparison.bitwise_and,
    "or": comparison.bitwise_or, "xor": comparison.bitwise_xor, "truediv": arithmetic.quotient,
    "lshift": comparison.bitwise_left_shift, "rshift": comparison.bitwise_right_shift,
}  # fmt: skip

#: The operators that write in place, by their names without `i` and underscores.
_IN_PLACE_OPERATORS = {
    "add": forms.add_, "sub": forms.sub_, "mul": forms.mul_, "truediv": forms.div_, "floordiv": forms.floor_divide_,
    "mod": forms.remainder_, "pow": forms.pow_, "and": forms.bitwise_and_, "or": forms.bitwise_or_,
    "xor": forms.bitwise_xor_, "lshift": forms.bitwise_left_shift_, "rshift": forms.bitwise_right_shift_,
}  # fmt: skip

#: The operators of two operands, by name.
OPERATORS: dict[str, Any] = {
    **{f"__{name}__": _operator(function) for name, function in _OPERATORS.items()},
    **{f"__r{name}__": _reflected(function) for name, function in _OPERATORS.items()},
    **{f"__i{name}__": _operator(function) for name, function in _IN_PLACE_OPERATORS.items()},
    **{f"__{name}__": _operator(getattr(comparison, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **dict.fromkeys(("__rtruediv__", "__rdiv__"), _operator(arithmetic.divided_into)),
}

#: Every operator and method of Tensor, by name.
METHODS: dict[str, Any] = {
    # operators
    **OPERATORS,
    "__hash__": object.__hash__,
    "__pos__": composites.positive,
    "__neg__": arithmetic.neg,
    "__abs__": arithmetic.abs,
    "__invert__": comparison.inverted,
    "__getitem__": indexing.getitem,
    "__setitem__": writing.setitem,
    # element by element
    **_from(
        arithmetic,
        "abs absolute add ceil div divide fix float_power floor floor_divide fmod frac mul multiply neg negative pow "
        "remainder round sgn sign square sub subtract true_divide trunc",
    ),
    **_from(
        elementary,
        "acos acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2 atanh cos cosh exp exp2 "
        "expm1 hypot log log10 log1p log2 reciprocal rsqrt sigmoid sin sinh sqrt tan tanh",
    ),
    **_from(
        composites,
        "clamp_max clamp_min copysign deg2rad fmax fmin frexp gcd heaviside lcm ldexp lerp logaddexp logaddexp2 logit "
        "nan_to_num nextafter positive rad2deg resolve_conj resolve_neg sinc",
    ),
    **_from(entropy, "xlogy"),
    **_from(
        comparison,
        "all allclose any bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor "
        "count_nonzero eq equal ge greater greater_equal gt is_nonzero is_same_size is_signed isclose isfinite isinf "
        "isnan isneginf isposinf le less less_equal logical_and logical_not logical_or logical_xor lt ne not_equal "
        "signbit",
    ),
    **_from(selection, "clamp clip masked_fill maximum minimum relu"),
    "where": selection.where_method,
    **_from(complex_numbers, "angle conj conj_physical isreal"),
    "real": property(complex_numbers.real, filling.set_real),
    "imag": property(complex_numbers.imag, filling.set_imag),
    **_from(gamma, "digamma igamma igammac lgamma"),
    **_from(error_function, "erf erfc erfinv"),
    **_from(bessel, "i0"),
    "mvlgamma": special.multigammaln,
    "polygamma": special.polygamma_of,
    # reductions, order and statistics
    **_from(reductions, "amax amin aminmax logsumexp mean nansum prod std sum sum_to_size trace var"),
    **_from(cumulative, "cummax cummin cumprod cumsum diff logcumsumexp"),
    **_from(softmaxes, "log_softmax softmax"),
    **_from(
        ordering,
        "argmax argmin argsort argwhere bincount kthvalue max median min msort nonzero sort topk unique "
        "unique_consecutive",
    ),
    **_from(statistics, "corrcoef cov histc histogram mode nanmean nanmedian nanquantile quantile"),
    **_from(distances, "dist renorm"),
    # shapes, indices and memory
    **_from(
        shapes,
        "broadcast_to expand expand_as flatten moveaxis movedim permute ravel reshape reshape_as squeeze swapaxes "
        "swapdims t transpose unflatten unsqueeze view view_as",
    ),
    "T": property(shapes.reversed_dims),
    "mT": property(shapes.matrix_transpose),
    **_from(reordering, "flip fliplr flipud repeat roll rot90 tile"),
    **_from(diagonals, "diag diag_embed diagflat diagonal tril triu"),
    **_from(splitting, "chunk dsplit hsplit narrow select split split_with_sizes tensor_split unbind vsplit"),
    **_from(indexing, "gather index_select masked_select repeat_interleave take take_along_dim"),
    **_from(
        scattering,
        "as_strided_scatter diagonal_scatter index_add index_copy index_fill index_put index_reduce masked_scatter put "
        "scatter scatter_add scatter_reduce select_scatter slice_scatter",
    ),
    **_from(
        strided,
        "as_strided data_ptr element_size is_contiguous resize_ resize_as_ set_ storage storage_offset stride unfold "
        "untyped_storage",
    ),
    "_version": property(strided.version_of),
    # linear algebra and signals
    **_from(
        products,
        "addbmm addcdiv addcmul addmm addmv addr baddbmm bmm cross dot ger inner kron matmul mm mv outer vdot",
    ),
    **_from(
        older_names,
        "cholesky cholesky_inverse cholesky_solve geqrf logdet lu lu_solve norm pinverse qr svd triangular_solve",
    ),
    **_from(matrix_powers, "matrix_exp matrix_power"),
    **_from(solvers, "det slogdet"),
    "inverse": solvers.inv,
    **_from(functions, "adjoint"),
    "H": property(older_names.transposed_conjugate),
    "mH": property(functions.adjoint),
    **_from(spectrograms, "istft stft"),
    # new tensors, conversions and devices
    **_from(random, "bernoulli multinomial"),
    **_from(like, "new_empty new_full new_ones new_tensor new_zeros"),
    **_from(conversion, "clone contiguous to type_as"),
    **conversion.converters,
    **_from(typed_tensors, "new"),
    "type": typed_tensors.type_of,
    **_from(
        cpu_only,
        "cpu cuda get_device is_conj is_inference is_neg is_pinned is_shared pin_memory share_memory_ to_dense",
    ),
    # in place, besides the forms that follow from this table
    **_from(
        forms,
        "abs_ absolute_ add_ addcdiv_ addcmul_ apply_ bitwise_and_ bitwise_left_shift_ bitwise_or_ "
        "bitwise_right_shift_ bitwise_xor_ detach_ div_ divide_ float_power_ floor_divide_ index_fill_ index_put_ "
        "masked_fill_ mul_ pow_ remainder_ squeeze_ sub_ subtract_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_",
    ),
    **_from(
        filling,
        "bernoulli_ cauchy_ copy_ exponential_ fill_ fill_diagonal_ geometric_ log_normal_ normal_ random_ "
        "uniform_ zero_",
    ),
    # the graph
    "backward": gradients.backward_of_one,
    **_from(hooks, "register_hook register_post_accumulate_grad_hook retain_grad"),
    "retains_grad": property(hooks.retains_grad),
    # Python's and NumPy's protocols
    "__init__": typed_tensors.initialize,
    "__repr__": printing.format_tensor,
    "_repr_html_": notebook_html,
    "__array_ufunc__": numpy_ufuncs.array_ufunc,
    **_from(python_protocols, "item numpy tolist"),
    "__format__": python_protocols.formatted,
    "__array__": python_protocols.array,
    "__float__": python_protocols.to_float,
    "__int__": python_protocols.to_int,
    "__complex__": python_protocols.to_complex,
    "__index__": python_protocols.index,
    "__bool__": python_protocols.truth,
    "__len__": python_protocols.length,
    "__iter__": python_protocols.iterate,
    "__reversed__": python_protocols.reverse,
    "__contains__": python_protocols.contains,
    "__copy__": copying.shallow_copy,
    "__deepcopy__": copying.deep_copy,
    "__reduce_ex__": copying.reduce,
    "__dlpack__": copying.to_dlpack,
    "__dlpack_device__": copying.dlpack_device,
}


def put_on_tensor() -> None:
    """Give Tensor the operators and methods, as users call them, and nodes of the graph theirs."""
    for name, function in {**METHODS, **forms.in_place_forms(METHODS)}.items():
        covered = isinstance(function, FunctionType) and name not in OPERATORS
        setattr(Tensor, name, _method(function, name) if covered else function)
    hooks.put_on_nodes()
