"""Special functions: the error function, gamma and Bessel functions, orthogonal polynomials."""
