"""Operations that act on each element separately."""
