"""The operations, by family. Each is a primitive, that is a NumPy forward and its rules, or is composed of others.

The families may use those above them in this list:

    arguments    checking dims and sizes
    elementwise  arithmetic, elementary functions, comparison, selection, complex numbers
    shape        views, indexing, joining, splitting, padding
    reduce       sums, extremes, order, statistics
    creation     new tensors from data, sizes and random numbers
    matrix       products, decompositions, functions of matrices
    special      gamma, Bessel and error functions, orthogonal polynomials
    fourier      Fourier transforms
    window       convolution, pooling, folding, interpolation
    fused        composites that are primitives for speed or numerical safety
    inplace      writes into a tensor's memory
    protocols    NumPy's ufuncs, copying, printing
"""
