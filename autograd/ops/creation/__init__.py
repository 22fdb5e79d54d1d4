"""New tensors from data, sizes, other tensors or random numbers."""
