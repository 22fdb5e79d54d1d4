"""Operations that write into a tensor's memory."""
