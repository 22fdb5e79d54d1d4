"""Operations that make one value of many: sums, extremes, order statistics."""
