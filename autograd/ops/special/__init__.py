"""Special functions: gamma, Bessel, error function, orthogonal polynomials."""
