"""The engine: what a rule is, what it leaves behind, the value, shared memory, the call, the walk back."""
