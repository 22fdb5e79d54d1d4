"""Protocols of Python and NumPy that a tensor speaks: printing, copying, ufuncs."""
