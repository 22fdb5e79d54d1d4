"""EagerTensor: TensorFlow's immutable tensor, and its conversion from numbers, lists and arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np

from ..base.dtypes import Array, NumpyDType, category
from ..base.nests import leaves, mapped
from ..base.size import Size
from ..base.symbolic import as_array
from ..core.tensor import Tensor
from ..ops.shape import joining
from ..tape.tape_tensor import TapeTensor, recording_tapes
from .dtypes import BY_NUMPY, DType, as_dtype
from .errors import invalid

#: The names at the top level of `autograd.tensorflow`.
__all__ = ["EagerTensor", "TensorShape", "constant", "convert_to_tensor", "is_tensor"]

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])


class TensorShape(Size):
    """The shape of a tensor: a tuple of sizes.

    >>> TensorShape([2, 3]), str(TensorShape([2, 3])), TensorShape([2, 3]).as_list()
    (TensorShape([2, 3]), '(2, 3)', [2, 3])
    """

    __slots__ = ()

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    def as_list(self) -> list[int]:
        """The sizes as a list."""
        return list(self)

    def num_elements(self) -> int:
        """The number of elements of a tensor of this shape."""
        return self.numel()

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"

    def __str__(self) -> str:
        return tuple.__repr__(self)


def _set_later(*args: Any, **kwargs: Any) -> EagerTensor:
    raise NotImplementedError("operators.py sets the operators of EagerTensor")


class EagerTensor(TapeTensor):
    """TensorFlow's tensor: immutable, without implicit dtype promotion, and recorded only by tapes."""

    __slots__ = ()

    # Placeholders: operators.py sets functions of elementwise.py and products.py, which import this class.
    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __isub__ = __mul__ = __rmul__ = __imul__ = _set_later
    __truediv__ = __rtruediv__ = __itruediv__ = __floordiv__ = __rfloordiv__ = __ifloordiv__ = _set_later
    __mod__ = __rmod__ = __imod__ = __pow__ = __rpow__ = __ipow__ = _set_later
    __matmul__ = __rmatmul__ = __imatmul__ = __neg__ = __abs__ = __invert__ = _set_later
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _set_later
    __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _set_later

    @property
    def shape(self) -> TensorShape:
        """The size of each axis."""
        return TensorShape(self.array.shape)

    def get_shape(self) -> TensorShape:
        """The size of each axis, as `shape`."""
        return self.shape

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return BY_NUMPY[self.array.dtype]

    def numpy(self, *, force: bool = True) -> Array:
        """A copy of the elements as an array, or as a NumPy scalar if the tensor is 0-d; tapes do not record this."""
        self._note_numpy()
        return self.array.copy() if self.array.ndim else self.array[()]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        self._note_numpy()
        return np.array(self.array, dtype=dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """A NumPy ufunc returns an array; an operator whose left operand is an array returns a tensor."""
        operator = _ARRAY_OPERATORS.get(ufunc.__name__)
        if method == "__call__" and not kwargs and operator and isinstance(inputs[0], (np.ndarray, np.generic)):
            return getattr(self, operator)(inputs[0])
        arrays = [np.asarray(x) if isinstance(x, EagerTensor) else x for x in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """NumPy's other functions return arrays too; tapes do not record them."""
        return function(*_with_arrays(args), **_with_arrays(kwargs))

    def _note_numpy(self) -> None:
        """Tell the tapes, for `explain_none`, that the elements are converted to NumPy."""
        for tape in recording_tapes():
            tape.note_numpy(self)

    def ref(self) -> Reference:
        """A hashable reference to this tensor, for use as the key of a dict."""
        return Reference(self)

    def __hash__(self) -> int:
        raise TypeError(f"{type(self).__name__} is unhashable. Instead, use tensor.ref() as the key.")

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__!r} object does not support item assignment: tensors are immutable; compute a new "
            "tensor, or use a Variable and assign()"
        )

    def __float__(self) -> float:
        self._note_numpy()
        return float(self.item())

    def __int__(self) -> int:
        self._note_numpy()
        return int(self.item())

    def __complex__(self) -> complex:
        self._note_numpy()
        return complex(self.item())

    def item(self) -> Any:
        """The single element as a Python number.

        Raises:
            TypeError: the tensor has more than one element, or none.
        """
        if self.array.size != 1:
            raise TypeError(f"only one-element tensors can be converted to numbers, but the shape is {self.shape}")
        return self.array.item()

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. Use tf.reduce_any(x) or "
                f"tf.reduce_all(x); the shape is {self.shape}"
            )
        return bool(self.array.item())

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("Scalar tensor has no `len()`")
        return len(self.array)

    def __iter__(self) -> Iterator[EagerTensor]:
        if not self.array.ndim:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(len(self.array)))

    def __reversed__(self) -> Iterator[EagerTensor]:  # type: ignore[override]  # of an iterator, as in TensorFlow
        return (self[i] for i in reversed(range(len(self))))

    def __contains__(self, element: Any) -> bool:
        return bool(np.any(self.array == np.asarray(element)))

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={numpy_text(self.array)}>"

    def __str__(self) -> str:
        return f"tf.Tensor({_on_own_lines(str(self.array))}, shape={self.shape}, dtype={self.dtype.name})"

    def __format__(self, spec: str) -> str:
        return format(self.array[()] if not self.array.ndim else self.array, spec)

    @classmethod
    def result(cls, tensor: Tensor) -> EagerTensor:
        """Convert the result of an operation to an EagerTensor."""
        return EagerTensor(tensor.array, tensor.node)


def _with_arrays(nest: Any) -> Any:
    """The nest with NumPy arrays in place of eager tensors."""
    return mapped(lambda leaf: np.asarray(leaf) if isinstance(leaf, EagerTensor) else leaf, nest)


#: The tensor's reflected operator for each ufunc by which NumPy computes `array <op> tensor`.
_ARRAY_OPERATORS = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
    "power": "__rpow__",
    "matmul": "__rmatmul__",
    "less": "__gt__",
    "less_equal": "__ge__",
    "greater": "__lt__",
    "greater_equal": "__le__",
    "equal": "__eq__",
    "not_equal": "__ne__",
}


class Reference:
    """A hashable reference to a tensor or variable; equal only to a reference to the same object."""

    def __init__(self, tensor: EagerTensor) -> None:
        self._tensor = tensor

    def deref(self) -> EagerTensor:
        """The tensor or variable itself."""
        return self._tensor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._tensor is other._tensor

    def __hash__(self) -> int:
        return id(self._tensor)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._tensor!r}>"


def numpy_text(array: Array) -> str:
    """An array as in the repr of a TensorFlow tensor: a plain number if 0-d; on its own lines if it needs several."""
    return _on_own_lines(repr(array)) if array.ndim else repr(array.item())


def _on_own_lines(text: str) -> str:
    return f"\n{text}" if "\n" in text else text


def operation(name: str) -> Callable[[Callable[P, Tensor]], Callable[P, EagerTensor]]:
    """Turn a function of tensors into TensorFlow's operation `name`: a decorator.

    The result becomes an EagerTensor. Errors are converted as by `checked`.
    """

    def decorate(function: Callable[P, Tensor]) -> Callable[P, EagerTensor]:
        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> EagerTensor:
            try:
                out = function(*args, **kwargs)
            except _REJECTIONS as error:
                raise _as_tensorflow(name, error) from None
            return out if type(out) is EagerTensor else EagerTensor(out.array, out.node)

        return wrapped

    return decorate


def checked(name: str) -> Callable[[F], F]:
    """Convert the errors of a function to those of TensorFlow's operation `name`: a decorator.

    A RuntimeError or IndexError, by which the engine rejects shapes and values, and an error of Python's arithmetic
    become an InvalidArgumentError. A TypeError or ValueError stays one.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except _REJECTIONS as error:
                raise _as_tensorflow(name, error) from None

        return wrapped  # type: ignore[return-value]  # the same signature

    return decorate


#: The errors by which the engine, NumPy and Python reject arguments.
_REJECTIONS = (RuntimeError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError)


def _as_tensorflow(name: str, error: Exception) -> Exception:
    if isinstance(error, NotImplementedError):
        return error
    text = str(error)
    text = text if "[Op:" in text else f"{text} [Op:{name}]"
    if isinstance(error, (TypeError, AttributeError)):
        return TypeError(text)
    if type(error) is ValueError:
        return ValueError(text)
    return invalid(name, str(error))


def described(name: str, doc: str) -> Callable[[F], F]:
    """Give the name and docstring to a function that a factory creates: a decorator."""

    def decorate(function: F) -> F:
        function.__name__ = function.__qualname__ = name
        function.__doc__ = doc
        return function

    return decorate


# -- from numbers, lists and arrays ------------------------------------------------------------------


def tensor_of(value: Any, dtype: Any = None, hint: NumpyDType | None = None) -> EagerTensor:
    """Convert an operand to a tensor; an EagerTensor, or a Variable, is returned as it is.

    Args:
        value: a tensor, an array, a number, or nested lists of these.
        dtype: the required dtype.
        hint: the preferred dtype: used unless it would change the kind of the numbers, such as float to int.

    Raises:
        ValueError: a tensor has another dtype, or nested lists have different lengths.
        TypeError: the values do not fit the dtype.
    """
    wanted = None if dtype is None else as_dtype(dtype).numpy
    if isinstance(value, Tensor):
        if wanted is not None and value.array.dtype != wanted:
            raise ValueError(
                f"Tensor conversion requested dtype {wanted} for Tensor with dtype {value.array.dtype}: {value!r}; "
                "use tf.cast"
            )
        return value if isinstance(value, EagerTensor) else EagerTensor(value.array, value.node)
    if isinstance(value, (list, tuple)) and any(isinstance(leaf, Tensor) for leaf in leaves(value)):
        return _packed(value, wanted, hint)
    array = _array_of(value)
    if wanted is not None:
        if _is_python(value) and not _fits(array, wanted):
            raise TypeError(f"Cannot convert {value!r:.80} to EagerTensor of dtype {wanted}")
    elif hint is not None and _fits(array, hint):
        wanted = hint
    elif _is_python(value):
        wanted = _default_for(array)
    out = array.astype(array.dtype if wanted is None else wanted)
    if out.dtype not in BY_NUMPY:
        raise TypeError(
            f"Cannot create a tensor with dtype {out.dtype} from {value!r:.60}; only numbers and booleans are supported"
        )
    return EagerTensor(out if out.ndim else out[()])


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> EagerTensor:
    """Convert a value to a tensor: Python floats become float32, ints int32; arrays keep their dtype.

    Raises:
        ValueError: a tensor has another dtype than `dtype`, nested lists have different lengths, or the value is None.
        TypeError: the values do not fit the dtype.

    >>> convert_to_tensor([1.0, 2.0])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>
    """
    tensor = tensor_of(value, dtype, None if dtype_hint is None else as_dtype(dtype_hint).numpy)
    return tensor if type(tensor) is EagerTensor else EagerTensor(tensor.array, tensor.node)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const") -> EagerTensor:
    """A tensor of the given values; a single value fills any `shape`.

    Raises:
        ValueError: nested lists have different lengths, or the value is None.
        TypeError: the values do not fit the dtype or the shape.

    >>> print(constant([1, 2, 3]), constant(0.5, shape=[2]))
    tf.Tensor([1 2 3], shape=(3,), dtype=int32) tf.Tensor([0.5 0.5], shape=(2,), dtype=float32)
    """
    if isinstance(value, Tensor) and dtype is not None:
        tensor = EagerTensor(value.array.astype(as_dtype(dtype).numpy))
    else:
        tensor = convert_to_tensor(value, dtype)
    if shape is None:
        return tensor
    array = tensor_of(shape).array if not isinstance(shape, (list, tuple)) or len(shape) else np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise TypeError(f"tf.constant: shape must be a list of integers, but is {shape!r:.60}")
    sizes = tuple(int(size) for size in np.atleast_1d(array))
    count = int(np.prod(sizes))
    if tensor.array.size not in (1, count):
        raise TypeError(
            f"Eager execution of tf.constant with unsupported shape. Tensor {tensor!r} (converted from {value!r:.60}) "
            f"has {tensor.array.size} elements, but got `shape` {sizes} with {count} elements"
        )
    return EagerTensor(np.array(np.broadcast_to(np.reshape(tensor.array, -1), count).reshape(sizes)))


def _array_of(value: Any) -> Array:
    if value is None:
        raise ValueError("Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor.")
    try:
        array = as_array(value)
    except ValueError:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor: {value!r:.80}") from None
    if array.dtype.kind == "O":
        raise ValueError(
            f"Attempt to convert a value ({value!r:.80}) with an unsupported type ({type(value)}) to a Tensor."
        )
    return array


def _is_python(value: Any) -> bool:
    """Whether the values are Python numbers, which have no dtype of their own."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return not hasattr(value, "dtype") and not hasattr(value, "__array__")


def _default_for(array: Array) -> NumpyDType:
    """The dtype of a tensor of these Python numbers."""
    kind = array.dtype.kind
    if kind == "f":
        return np.dtype(np.float32)
    if kind in "iu" and (not array.size or (array.min() >= -(2**31) and array.max() < 2**31)):
        return np.dtype(np.int32)
    return array.dtype


def _fits(array: Array, wanted: NumpyDType) -> bool:
    """Whether a conversion keeps the kind of the numbers, or goes to a more general one (int, float, complex)."""
    if array.dtype.kind == "b" or wanted.kind == "b":
        return array.dtype.kind == wanted.kind
    return array.dtype.kind in "iufc" and (not array.size or category(array.dtype) <= category(wanted))


def _packed(value: Any, wanted: NumpyDType | None, hint: NumpyDType | None) -> EagerTensor:
    """Nested lists that contain tensors, stacked by a recorded operation."""
    first = next(v for v in leaves(value) if isinstance(v, Tensor)).array.dtype
    parts = [tensor_of(v, wanted, first if hint is None else hint) for v in value]
    if any(part.array.shape != parts[0].array.shape or part.array.dtype != parts[0].array.dtype for part in parts):
        found = [(tuple(p.array.shape), p.array.dtype.name) for p in parts]
        raise invalid("Pack", f"Shapes and dtypes of all inputs must match: {found}")
    return EagerTensor.result(joining.stack(parts))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor or a variable."""
    return isinstance(x, Tensor)
