"""Memory: what is kept from the system, and which arrays are copied."""

import types

import numpy as np
import pytest

from autograd.base import allocator, memory


@pytest.mark.parametrize(("setting", "kept"), [(None, True), ("1", True), ("0", False)])
def test_one_block_just_under_32_mib_is_allocated_unless_the_setting_is_0(monkeypatch, setting, kept):
    sizes = []
    arrays = types.SimpleNamespace(empty=lambda size, dtype: sizes.append((size, dtype)), uint8=np.uint8)
    monkeypatch.setattr(allocator, "np", arrays)
    monkeypatch.delenv("GLASSGRAD_KEEP_MEMORY", raising=False)
    if setting is not None:
        monkeypatch.setenv("GLASSGRAD_KEEP_MEMORY", setting)
    allocator.keep_freed_memory()
    assert sizes == ([(33_488_896, np.uint8)] if kept else [])


def test_numpy_broadcasts_rows_of_1024_elements_in_place():
    assert np.getbufsize() == 1024  # since the import
    with np.errstate():
        np.setbufsize(8192)
        allocator.use_short_buffers()
        assert np.getbufsize() == 1024


def test_only_an_array_of_another_precision_is_copied_to_double():
    double, single = np.arange(6.0).reshape(2, 3).T, np.ones((2, 3), np.float32).T
    assert memory.in_double(double) is double
    copy = memory.in_double(single)
    assert copy.dtype == np.float64 and copy.strides == (8, 24)
    assert memory.in_double(np.broadcast_to(np.float32(1), (2, 3))).strides == (24, 8)


def test_the_places_of_elements_are_found_by_their_addresses():
    base = np.arange(24).reshape(2, 3, 4)
    for now in (base, base.transpose(2, 0, 1), base.transpose(0, 2, 1), base.reshape(6, 4).T):
        before = base.transpose(1, 2, 0)
        assert np.array_equal(now[memory.places_in(before, now)], before)
