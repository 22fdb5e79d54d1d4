"""The domain of each primitive: random arguments away from its kinks and poles, on which its rules are checked."""
