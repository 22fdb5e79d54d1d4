"""`tf.linalg`: products, norms and factors of matrices."""

from __future__ import annotations

from .creation import eye
from .decompositions import (
    adjoint,
    cholesky_solve,
    cross,
    eigh,
    eigvalsh,
    logdet,
    lstsq,
    matrix_rank,
    normalize,
    pinv,
    qr,
    set_diag,
    slogdet,
    svd,
    tensor_diag,
    tensor_diag_part,
    triangular_solve,
)
from .products import (
    band_part,
    cholesky,
    clip_by_global_norm,
    clip_by_norm,
    det,
    diag,
    diag_part,
    einsum,
    expm,
    global_norm,
    inv,
    l2_normalize,
    matmul,
    matrix_transpose,
    matvec,
    norm,
    solve,
    tensordot,
    trace,
)

__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "clip_by_global_norm", "clip_by_norm", "cross", "det", "diag",
    "diag_part", "eigh", "eigvalsh", "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "lstsq",
    "matmul", "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet",
    "solve", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace", "triangular_solve",
]  # fmt: skip
