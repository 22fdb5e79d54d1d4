"""Operations on sliding windows: convolution, pooling, folding, interpolation."""
