"""Composites that are primitives of their own, for speed or numerical safety."""
