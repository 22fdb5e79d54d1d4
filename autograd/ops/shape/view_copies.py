"""The functions that share memory, as copies: `expand_copy(x, …)` is `expand(x, …).clone()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import arranging
from ...core.tensor import Tensor
from ..creation.conversion import clone
from ..elementwise import composites
from . import joining, reshape, strided


def _copied(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function with its results copied."""

    def copied(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        out = function(input, *args, **kwargs)
        return tuple(clone(x) for x in out) if isinstance(out, tuple) else clone(out)

    copied.__name__ = copied.__qualname__ = name
    copied.__doc__ = f"`{name.removesuffix('_copy').removeprefix('unsafe_')}`, copied."
    return copied


alias_copy = _copied(lambda x: x, "alias_copy")
as_strided_copy = _copied(strided.as_strided, "as_strided_copy")
detach_copy = _copied(Tensor.detach, "detach_copy")
diagonal_copy = _copied(reshape.diagonal, "diagonal_copy")
expand_copy = _copied(reshape.expand, "expand_copy")
narrow_copy = _copied(joining.narrow, "narrow_copy")
permute_copy = _copied(reshape.permute, "permute_copy")
select_copy = _copied(joining.select, "select_copy")
split_copy = _copied(joining.split, "split_copy")
split_with_sizes_copy = _copied(arranging.split_with_sizes, "split_with_sizes_copy")
squeeze_copy = _copied(reshape.squeeze, "squeeze_copy")
t_copy = _copied(reshape.t, "t_copy")
transpose_copy = _copied(reshape.transpose, "transpose_copy")
unbind_copy = _copied(joining.unbind, "unbind_copy")
unfold_copy = _copied(strided.unfold, "unfold_copy")
unsafe_chunk = _copied(joining.chunk, "unsafe_chunk")
unsafe_split = _copied(joining.split, "unsafe_split")
unsafe_split_with_sizes = _copied(arranging.split_with_sizes, "unsafe_split_with_sizes")
unsqueeze_copy = _copied(reshape.unsqueeze, "unsqueeze_copy")
view_as_complex_copy = _copied(composites.view_as_complex, "view_as_complex_copy")
view_as_real_copy = _copied(composites.view_as_real, "view_as_real_copy")
view_copy = _copied(reshape.view, "view_copy")
