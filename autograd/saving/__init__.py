"""save and load: files of tensors and plain values, without pickle."""
