"""What PyTorch calls `autograd.graph`: a node, and hooks for what nodes save."""

from __future__ import annotations

from .nodes import Node
from .recording import save_on_cpu, saved_tensors_hooks

__all__ = ["Node", "save_on_cpu", "saved_tensors_hooks"]
