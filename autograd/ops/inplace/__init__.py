"""Operations that write into the memory of a tensor."""
