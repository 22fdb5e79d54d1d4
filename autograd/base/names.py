"""The name of the package in what is printed: `autograd.float32`, or `torch.float32` where `torch` leads to it."""

from __future__ import annotations

_package = "autograd"


def package() -> str:
    """The name under which the running program knows this package."""
    return _package


def set_package(name: str) -> None:
    """Print dtypes, shapes and layouts as names of this package, as `autograd.as_torch` does."""
    global _package
    _package = name
