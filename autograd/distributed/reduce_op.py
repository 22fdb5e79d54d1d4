"""ReduceOp: how the values of the processes become one."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ..base.dtypes import NumpyDType


class ReduceOp(Enum):
    """How a reduction combines the values of all processes.

    AVG is the sum divided by the number of processes, for floating-point and complex numbers. BAND, BOR and BXOR
    combine the bits of integers and bools; MIN and MAX take no complex numbers.
    """

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR = "SUM", "AVG", "PRODUCT", "MIN", "MAX", "BAND", "BOR", "BXOR"

    def of_mpi(self, mpi: Any) -> Any:
        """MPI's operation of this name; for AVG, which MPI lacks, its sum."""
        return getattr(mpi, {"AVG": "SUM", "PRODUCT": "PROD"}.get(self.value, self.value))


#: For each operation the kinds of NumPy dtypes that it takes, where it does not take all numbers.
_KINDS = {
    ReduceOp.AVG: "fc", ReduceOp.MIN: "iuf", ReduceOp.MAX: "iuf",
    ReduceOp.BAND: "iub", ReduceOp.BOR: "iub", ReduceOp.BXOR: "iub",
}  # fmt: skip


def check_op(name: str, op: ReduceOp, dtype: NumpyDType) -> None:
    """Raise unless `op` is a ReduceOp that takes elements of this dtype.

    Raises:
        TypeError: it is not a ReduceOp.
        ValueError: it does not take complex numbers.
        RuntimeError: it does not take elements of the dtype.
    """
    if not isinstance(op, ReduceOp):
        raise TypeError(f"{name}: op must be a ReduceOp, such as ReduceOp.SUM, but got {op!r:.60}")
    if dtype.kind in _KINDS.get(op, "iufc"):
        return
    if dtype.kind == "c":
        raise ValueError(f"{name} does not support {op.name} on complex tensors")
    hint = "convert the tensor first, such as with .float()" if op is ReduceOp.AVG else "convert the tensor first"
    raise RuntimeError(f"{name}: cannot use ReduceOp.{op.name} with {dtype}: {hint}")
