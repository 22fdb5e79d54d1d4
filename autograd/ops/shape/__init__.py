"""Operations that move elements and change shapes: views, joins, indices, padding."""
