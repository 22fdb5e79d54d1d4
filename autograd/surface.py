"""`make_public`: wraps the functions of PyTorch's modules in `public`; and the table of those that take `out=`.

Each module of PyTorch's names calls `make_public` once, at its end. The table names those that take `out=` in PyTorch;
elementwise operations take it by their definition, and need no entry. A function of two modules is named in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from .core.public import public

#: The functions that take `out=`, by module; a * marks those whose `out` may not overlap a part of an argument.
TAKES_OUT: dict[str, str] = {
    "autograd.fft": """
        fft fft2 fftfreq fftn hfft hfft2 hfftn ifft ifft2 ifftn ihfft ihfft2 ihfftn irfft irfft2 irfftn rfft rfft2
        rfftfreq rfftn
    """,
    "autograd.linalg": """
        cholesky cholesky_ex cond cross* det eig eigh eigvals eigvalsh householder_product inv inv_ex lstsq lu
        lu_factor lu_factor_ex lu_solve matrix_norm matrix_power matrix_rank multi_dot norm pinv qr slogdet solve
        solve_ex svd svdvals tensorinv tensorsolve vecdot vector_norm
    """,
    "nn.functional": """
        avg_pool2d gelu* hardshrink* logsigmoid normalize* softplus* softshrink* threshold
    """,
    "autograd.special": """
        bessel_j0* bessel_j1* bessel_y0* bessel_y1* chebyshev_polynomial_t* chebyshev_polynomial_u*
        chebyshev_polynomial_v* chebyshev_polynomial_w* entr* hermite_polynomial_h* hermite_polynomial_he* i0* i0e*
        i1* i1e* laguerre_polynomial_l* legendre_polynomial_p* log_softmax logit* logsumexp modified_bessel_i0*
        modified_bessel_i1* modified_bessel_k0* modified_bessel_k1* multigammaln ndtr polygamma* round*
        scaled_modified_bessel_k0* scaled_modified_bessel_k1* shifted_chebyshev_polynomial_t*
        shifted_chebyshev_polynomial_u* shifted_chebyshev_polynomial_v* shifted_chebyshev_polynomial_w* sinc*
        softmax spherical_bessel_j0* xlog1py* xlogy*
    """,
    "autograd": """
        abs* absolute* addbmm* addcdiv* addcmul* addmm* addmv* addr all amax amin aminmax angle* any arange argmax
        argmin argsort baddbmm bernoulli* bitwise_and* bitwise_left_shift* bitwise_not* bitwise_or* bitwise_right_shift*
        bitwise_xor* bmm bucketize cat chain_matmul* cholesky cholesky_inverse cholesky_solve clamp* clamp_max*
        clamp_min* clip* column_stack complex concat concatenate conj_physical* copysign* cross* cummax cummin cumprod*
        cumsum* deg2rad* diag diff dot dstack empty eq eye float_power floor_divide* fmax* fmin* fmod* frexp* full
        gather* gcd* ge geqrf ger greater greater_equal gt heaviside* histc histogram hstack i0* index_add* index_copy*
        index_reduce index_select* inner inverse isin isneginf isposinf kron kthvalue lcm* ldexp* le lerp* less
        less_equal linspace log_softmax logaddexp* logaddexp2* logcumsumexp* logical_and logical_not logical_or
        logical_xor logit* logspace logsumexp lt lu_solve lu_unpack masked_select matrix_power max mean median min mm
        mode msort* multinomial mv mvlgamma nan_to_num* nanmean nanmedian nanquantile nansum ne nextafter* nonzero norm
        normal* not_equal ones outer polar polygamma* prod qr quantile rad2deg* rand randint randn randperm remainder*
        renorm* round* row_stack scatter* scatter_add* scatter_reduce searchsorted sgn* signbit sinc* slice_scatter
        slogdet softmax sort* stack std sum svd take* take_along_dim* tensordot topk triangular_solve tril triu var
        vdot vstack where* xlogy* zeros
    """,
}


def make_public(namespace: dict[str, Any], names: Iterable[str] | None = None) -> None:
    """Replace the functions of a module by their public forms.

    Args:
        namespace: the module's globals.
        names: those to replace; by default its `__all__`, or else every public name that it defines.
    """
    module = namespace["__name__"]
    takes_out = TAKES_OUT.get(module, "").split()
    for name in takes_out:
        if name.rstrip("*") not in namespace:
            raise NameError(f"{module} has no function {name!r}, which TAKES_OUT names")
    if names is None:
        names = namespace.get("__all__") or [
            name for name, value in namespace.items() if name[0] != "_" and getattr(value, "__module__", "") == module
        ]
    for name in list(names):
        function = namespace.get(name)
        if isinstance(function, FunctionType) and function.__module__.startswith(("autograd.", "nn.")):
            no_overlap = f"{name}*" in takes_out
            namespace[name] = public(function, module, name, no_overlap or name in takes_out, no_overlap)
