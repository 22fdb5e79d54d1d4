"""Types of sizes, by PyTorch's names: one number for all dims, or one for each."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["_size_1_t", "_size_2_t", "_size_3_t", "_size_any_t"]

_size_any_t: TypeAlias = int | tuple[int, ...]
_size_1_t: TypeAlias = int | tuple[int]
_size_2_t: TypeAlias = int | tuple[int, int]
_size_3_t: TypeAlias = int | tuple[int, int, int]
