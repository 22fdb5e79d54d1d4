"""Saving and loading of tensors and modules."""
