"""What the checks are made of: oracles, the call that is checked, the comparison, the verdict and its cause."""
