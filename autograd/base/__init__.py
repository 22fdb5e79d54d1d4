"""What knows no tensor: dtypes, the device, nested structures, the allocator."""
