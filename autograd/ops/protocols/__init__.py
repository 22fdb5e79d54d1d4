"""Python's and NumPy's protocols for tensors: ufuncs, copying and pickling, printing."""
