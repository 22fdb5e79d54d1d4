"""The engine: primitives, the graph, tensors, shared memory, operations and the backward pass."""
