"""Operations that rearrange elements: views, indexing, joining, splitting, padding."""
