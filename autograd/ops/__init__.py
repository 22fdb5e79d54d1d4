"""The operations, by family: each a NumPy forward with its rule, or a composition of others."""
