"""dtypes: bfloat16, which NumPy does not have, and the dtypes of results."""

from __future__ import annotations

import pickle

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


def test_every_dtype_is_the_same_object_after_pickling() -> None:
    kinds = [value for value in vars(torch).values() if isinstance(value, torch.dtype)]
    assert len(kinds) > 20 and all(pickle.loads(pickle.dumps(kind)) is kind for kind in kinds)


def test_the_promoted_type_is_that_of_the_higher_category_and_else_the_smallest_that_holds_both() -> None:
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    rows = """bool uint8 int8 int16 int32 int64 float16 float32 float64
        uint8 uint8 int16 int16 int32 int64 float16 float32 float64
        int8 int16 int8 int16 int32 int64 float16 float32 float64
        int16 int16 int16 int16 int32 int64 float16 float32 float64
        int32 int32 int32 int32 int32 int64 float16 float32 float64
        int64 int64 int64 int64 int64 int64 float16 float32 float64
        float16 float16 float16 float16 float16 float16 float16 float32 float64
        float32 float32 float32 float32 float32 float32 float32 float32 float64
        float64 float64 float64 float64 float64 float64 float64 float64 float64"""
    for name, row in zip(names, rows.splitlines(), strict=True):
        found = [torch.promote_types(getattr(torch, name), getattr(torch, other)) for other in names]
        assert [kind.name for kind in found] == row.split()
    mixed = ("float16 complex64", "float32 complex64", "float64 complex128", "int64 complex64", "complex64 complex64")
    for pair in mixed:
        real, expected = pair.split()
        for kinds in ((real, "complex64"), ("complex64", real)):
            assert torch.promote_types(*(getattr(torch, kind) for kind in kinds)).name == expected


def test_a_number_changes_the_type_of_a_tensor_without_dims_only_if_its_category_is_wider() -> None:
    half, byte, double = (tensor(1, dtype=kind) for kind in (torch.float16, torch.uint8, torch.float64))
    found = [
        torch.result_type(*pair).name
        for pair in ((half, 1.5), (half, 2), (byte, 2), (byte, 1.5), (byte, True), (double, 1.5), (half, 1j))
    ]
    assert found == ["float16", "float16", "uint8", "float32", "uint8", "float64", "complex64"]
    vector = torch.ones(2, dtype=torch.float16)
    pairs = (
        (vector, double),
        (vector, byte),
        (vector > 0, byte),
        (vector > 0, half),
        (byte, half),
        (vector, double * 1j),
    )
    kinds = [torch.result_type(*pair).name for pair in pairs]
    assert kinds == ["float16", "float16", "uint8", "float16", "float16", "complex64"]


def test_limits_are_shown_as_pytorch_shows_them() -> None:
    ends = "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)"
    single = f"finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, {ends}"
    assert repr(torch.finfo()) == repr(torch.finfo(torch.complex64)) == single
    half = "finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, "
    assert repr(torch.finfo(torch.float16)) == half + "tiny=6.10352e-05, dtype=float16)"
    assert repr(torch.iinfo(torch.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"
