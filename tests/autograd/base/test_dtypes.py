"""dtypes: bfloat16, which NumPy does not have, and the dtypes of results."""

from __future__ import annotations

import pytest

import autograd as torch
from autograd import ones, tensor


def test_bfloat16_can_be_compared_but_not_used_for_a_tensor() -> None:
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    assert torch.bfloat16 not in (torch.float16, torch.float32) and len({*kinds.values()}) == 2
    assert ones(1).dtype != torch.bfloat16 and repr(torch.bfloat16) == "autograd.bfloat16"
    for attempt in (lambda: ones(1, dtype=torch.bfloat16), lambda: ones(1).to(torch.bfloat16), ones(1).bfloat16):
        with pytest.raises(
            TypeError, match="bfloat16 is not supported: NumPy has no such type; use float16 or float32"
        ):
            attempt()


def test_result_type_and_can_cast_follow_pytorch() -> None:
    assert torch.result_type(ones(2, dtype=torch.int64), 1.5) is torch.float32
    assert torch.result_type(ones(2, dtype=torch.float16), tensor(1.0, dtype=torch.float64)) is torch.float16
    assert torch.can_cast(torch.int64, torch.float16) and not torch.can_cast(torch.int32, torch.bool)
