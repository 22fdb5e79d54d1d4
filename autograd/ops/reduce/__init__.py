"""Operations along dims: sums, extremes, order, statistics, running values."""
