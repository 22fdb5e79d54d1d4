"""Functions that make tensors from sizes, data, other tensors or random numbers."""
