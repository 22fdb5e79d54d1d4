"""The foundation, independent of tensors: dtypes, the device, nested containers, the memory allocator."""
