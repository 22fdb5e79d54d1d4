"""Composites that became primitives of their own, for speed or for safety in numbers."""
