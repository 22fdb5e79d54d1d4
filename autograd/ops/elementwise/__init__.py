"""Operations that act on each element by itself."""
