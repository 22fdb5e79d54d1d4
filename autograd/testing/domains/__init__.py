"""The domain of each primitive: the arguments on which its rules are checked."""
