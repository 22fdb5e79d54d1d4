"""What PyTorch's functions do with memory: which results share the memory of the input, and how results are laid out.

python tests/tools/memory.py --write   (where PyTorch is installed) records its answers in tests/autograd/memory.json

An answer is, for each result of a call, "same" if it is the very input, "view" if it shares its memory and "new" if it
does not; then "c" if it is contiguous, else its strides. `tests/autograd/test_memory.py` holds ours against it.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "autograd" / "memory.json"

#: Each input by its name: an expression of the package `t`.
INPUTS = {
    "square": "t.tensor([[2.0, 0.5, 0.3], [0.5, 2.0, 0.4], [0.3, 0.4, 2.0]])",
    "transposed": "t.tensor([[2.0, 0.5, 0.3], [0.5, 2.0, 0.4], [0.3, 0.4, 2.0]]).t()",
    "strided": "t.arange(1.0, 19.0).reshape(3, 6)[:, ::2]",
    "expanded": "t.ones(1, 3).expand(3, 3)",
    "row": "t.tensor([[0.5, 1.0, 2.0]])",
    "one": "t.tensor([[0.5]])",
    "vector": "t.tensor([0.5, 1.0, 2.0])",
    "single": "t.tensor([0.5])",
    "scalar": "t.tensor(0.5)",
    "empty": "t.zeros(0, 3)",
    "cube": "t.arange(1.0, 25.0).reshape(2, 3, 4)",
    "permuted": "t.arange(1.0, 25.0).reshape(4, 3, 2).permute(2, 1, 0)",
    "image": "t.arange(1.0, 33.0).reshape(1, 2, 4, 4)",
    "turned": "t.arange(1.0, 33.0).reshape(1, 2, 4, 4).transpose(2, 3)",
    "complex": "t.tensor([[1 + 2j, 0.5j], [3.0 + 0j, 1 - 1j]])",
    "integers": "t.tensor([[0, 1, 2], [1, 0, 1]])",
    "booleans": "t.tensor([[True, False], [True, True]])",
}

_UNARY = """
abs acos acosh angle asin asinh atan atanh ceil conj_physical cos cosh deg2rad digamma erf erfc erfinv exp exp2
expm1 fix floor frac i0 isfinite isinf isnan isneginf isposinf isreal lgamma log log10 log1p log2 logical_not logit
nan_to_num neg positive rad2deg real reciprocal resolve_conj resolve_neg round rsqrt sgn sigmoid sign signbit sin
sinc sinh sqrt square tan tanh trunc relu imag bitwise_not
"""
_WHOLE = """
all any amax amin aminmax argmax argmin argsort argwhere atleast_1d atleast_2d atleast_3d cartesian_prod clone
combinations corrcoef count_nonzero cov cumulative_trapezoid det diag diag_embed diagflat diagonal diff empty_like
flatten fliplr flipud gradient isreal kron logdet matrix_exp max mean median min msort nanmean nanmedian nansum
nonzero norm numel ones_like pinverse prod qr rand_like ravel rot90 slogdet sort squeeze std std_mean sum svd t
trace trapezoid tril triu unbind unique unique_consecutive vander var var_mean view_as_complex view_as_real
zeros_like inverse block_diag broadcast_tensors meshgrid cholesky adjoint mode
"""
_DIMS = """
all any amax amin argmax argmin argsort cummax cummin cumprod cumsum diff flip kthvalue(x,1,{}) logcumsumexp
log_softmax logsumexp(x,{}) max mean median min mode nanmean nanmedian nansum norm(x,2,{}) prod softmax sort squeeze
std sum unbind unsqueeze var
"""
_METHODS = """
adjoint bool byte cdouble cfloat char clone contiguous detach double float half int long short mT mH H T data ravel
real t view_as(x) reshape_as(x) expand_as(x) type_as(x) to('cpu') to(t.float32) to(t.float64) to(x) tolist
new_ones(2) new_zeros(2,2) view(-1) view(x.shape) reshape(-1) reshape(x.shape) flatten(0) flatten(0,0) flatten(1)
unsqueeze(0) unsqueeze(-1) squeeze() squeeze(0) squeeze(-1) transpose(0,1) transpose(0,0) swapaxes(0,1)
swapdims(-1,-2) permute(1,0) permute(0,1) permute(2,0,1) permute(0,1,2) movedim(0,1) moveaxis(0,0) expand(x.shape)
expand(2,*x.shape) broadcast_to(x.shape) narrow(0,0,1) select(0,0) select(-1,0) split(1) split(2,-1) chunk(1)
chunk(2,-1) tensor_split(2) unbind() unfold(0,1,1) diagonal() as_strided((1,1),(1,1)) sum_to_size(x.shape)
repeat(1,1) repeat(1,1,1) repeat(2,1) repeat(1,3) repeat(2,2,2) tile((1,)) tile((2,)) repeat_interleave(1)
repeat_interleave(2,0) repeat_interleave(1,1) roll(0,0) roll(1,0) roll(1) index_select(0,t.tensor([0]))
index_select(-1,t.tensor([0,0])) gather(0,t.zeros(1,1,dtype=t.int64)) gather(0,t.tensor(0))
gather(-1,t.zeros(x.shape,dtype=t.int64)) take(t.tensor([0])) take(t.tensor(0)) masked_select(x==x)
masked_fill(x==x,1) masked_fill(x!=x,1) masked_scatter(x==x,x) index_fill(0,t.tensor([0]),1)
index_copy(0,t.tensor([0]),x[:1]) index_add(0,t.tensor([0]),x[:1]) index_put((t.tensor([0]),),x[0])
scatter(0,t.zeros(1,1,dtype=t.int64),1) scatter_add(0,t.zeros(1,1,dtype=t.int64),x) clamp(0,1) clip(0) clamp_min(0)
pow(1) pow(2) where(x==x,x) diff(n=0) cumsum(0) cumprod(0) sum(()) mean(()) matrix_power(1) matrix_power(2)
renorm(2,0,9) flip(0) flip(()) flip(0,1) rot90(0) rot90(1) rot90(2) rot90(4) tril(9) triu(-9) topk(1) kthvalue(1)
quantile(0.5) quantile(0.5,0) nanquantile(0.5,-1) histc(4) bincount() item() unflatten(0,(1,-1))
unflatten(-1,(-1,1)) diag_embed() slice_scatter(x[:1],0,0,1) select_scatter(x[0],0,0) diagonal_scatter(x.diagonal())
as_strided_scatter(x[:1,:1],(1,1),(1,1)) requires_grad_() zero_() add_(1) mul_(2) fill_(1) copy_(x) unsqueeze_(0)
squeeze_() t_() transpose_(0,1) detach_() eq_(1) round_(decimals=1) round(decimals=1) nan_to_num(0) logical_and(x)
__abs__() __neg__() __getitem__(0) __getitem__(...) __getitem__(slice(None)) __getitem__(slice(0,1))
__getitem__(None) __getitem__([0]) __getitem__((slice(None),[0,0])) __getitem__((0,[0])) __getitem__((...,0))
__getitem__((...,[0])) __getitem__(x==x) __getitem__(()) __getitem__((slice(None),0))
__getitem__((slice(None),None)) __getitem__(t.tensor(0)) __getitem__(t.tensor([[0]]))
__getitem__((slice(None),t.tensor([0]),0)) __getitem__((t.tensor([0]),slice(None),t.tensor([0])))
"""
_BINARY = """
add atan2 bitwise_and copysign div eq float_power floor_divide fmax fmin fmod ge gt heaviside hypot le logaddexp
logaddexp2 logical_or lt maximum minimum mul ne nextafter pow remainder sub true_divide xlogy bmm dot inner kron
matmul mm mv outer vdot cdist isclose cross where(x==x,x,{}) lerp(x,{},0.5) addcmul(x,{},{}) addcdiv(x,{},{})
cat((x,{})) stack((x,{})) hstack((x,{})) vstack((x,{})) dstack((x,{})) column_stack((x,{})) cat((x,{}),-1)
stack((x,{}),-1) tensordot(x,{},1) addmm(x,x,{}) addmv(x[0],x,{}[0]) addr(x,x[0],{}[0]) baddbmm(x,x,{})
einsum('ij,jk->ik',x,{}) einsum('ij->ji',x) einsum('...->...',x) einsum('ii->i',x) cat((x,)) cat([x[:0],x])
stack((x,)) hstack((x,)) vstack((x,)) dstack((x,)) column_stack((x,)) block_diag(x,{}) broadcast_tensors(x,{})
meshgrid(x,{},indexing='ij') cartesian_prod(x,{}) take_along_dim(x,({}*0).long(),0) searchsorted(x,{})
bucketize(x,{}.reshape(-1)) dist linalg.vecdot
"""
_LINALG = """
cholesky cholesky_ex cond det eig eigh eigvals eigvalsh inv inv_ex lu lu_factor matrix_exp matrix_norm
matrix_power(x,0) matrix_power(x,1) matrix_power(x,2) matrix_power(x,-1) matrix_rank multi_dot([x,x])
multi_dot([x,x,x]) norm pinv qr slogdet solve(x,x) solve(x,x[0]) solve_triangular(x,x,upper=True) svd svd(x,False)
svdvals vector_norm lstsq(x,x) diagonal vander tensorinv(x,1) householder_product(x,x[0])
lu_solve(*t.linalg.lu_factor(x),x) cross(x,x)
"""
_FFT = """
fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn fftshift ifftshift fft(x,dim=0)
rfft(x,dim=0) irfft(x,dim=0) fft(x,2) fftshift(x,0)
"""
_SPECIAL = """
bessel_j0 bessel_j1 bessel_y0 digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammaln i0 i0e i1 i1e log1p
log_ndtr log_softmax(x,0) logit logsumexp(x,0) multigammaln(x,1) ndtr ndtri polygamma(1,x) psi round sinc
softmax(x,0) xlogy(x,x) xlog1py(x,x) zeta(x,x) gammainc(x,x)
"""
_FUNCTIONAL = """
relu relu6 elu selu celu gelu silu mish hardtanh hardswish hardsigmoid leaky_relu logsigmoid softplus softshrink
hardshrink tanhshrink softsign sigmoid tanh threshold(x,0,0) glu(x,-1) softmax(x,-1) softmax(x,0) log_softmax(x,-1)
softmin(x,-1) dropout(x,0.0) dropout(x,0.5,False) dropout(x,1.0) dropout1d(x,0.0) dropout2d(x,0.0)
dropout2d(x,0.5,False) alpha_dropout(x,0.0) feature_alpha_dropout(x,0.0) normalize(x,dim=0) normalize(x,dim=-1)
layer_norm(x,x.shape) layer_norm(x,x.shape[-1:]) rms_norm(x,x.shape[-1:]) group_norm(x,1) instance_norm
batch_norm(x,None,None,training=True) batch_norm(x,t.zeros(x.shape[1]),t.ones(x.shape[1])) local_response_norm(x,1)
pad(x,(0,0)) pad(x,(1,0)) pad(x,(-1,0)) pad(x,(0,0),'reflect') pad(x,(1,1),'replicate') pad(x,(1,1),'circular')
interpolate(x,size=x.shape[2:]) interpolate(x,scale_factor=1) interpolate(x,scale_factor=2)
interpolate(x,scale_factor=1,mode='bilinear') interpolate(x,scale_factor=2,mode='bilinear')
interpolate(x,scale_factor=1,mode='bicubic') interpolate(x,scale_factor=2,mode='bicubic')
interpolate(x,scale_factor=1,mode='linear') interpolate(x,scale_factor=2,mode='linear')
interpolate(x,size=(2,2),mode='area') interpolate(x,scale_factor=2,mode='nearest-exact') max_pool1d(x,1)
max_pool2d(x,1) max_pool2d(x,2) avg_pool1d(x,1) avg_pool2d(x,1) avg_pool2d(x,2) lp_pool2d(x,2,1)
adaptive_avg_pool1d(x,1) adaptive_avg_pool2d(x,(4,4)) adaptive_avg_pool2d(x,(3,2)) adaptive_avg_pool2d(x,1)
adaptive_max_pool2d(x,(4,4)) adaptive_max_pool2d(x,(3,2)) max_pool2d(x,2,return_indices=True) unfold(x,1)
unfold(x,2) fold(x,(1,4),1) pixel_shuffle(x,1) pixel_unshuffle(x,1) pixel_unshuffle(x,2) channel_shuffle(x,1)
channel_shuffle(x,2) upsample(x,scale_factor=1) grid_sample(x,t.zeros(1,4,4,2),align_corners=False)
affine_grid(x[:,:,:3],(3,1,2,2),align_corners=False) linear(x,x) linear(x,x,x[0]) bilinear(x,x,t.ones(2,3,3))
conv1d(x,t.ones(1,3,1)) conv2d(x,t.ones(1,2,1,1)) conv2d(x,t.ones(3,2,2,2)) conv_transpose2d(x,t.ones(2,3,2,2))
embedding(x,t.ones(3,2)) one_hot(x) cosine_similarity(x,x) pairwise_distance(x,x) pdist
mse_loss(x,x,reduction='none') l1_loss(x,x,reduction='none') smooth_l1_loss(x,x,reduction='none')
huber_loss(x,x,reduction='none') binary_cross_entropy_with_logits(x,x,reduction='none')
cross_entropy(x,t.zeros(x.shape[0],dtype=t.int64),reduction='none')
nll_loss(x,t.zeros(x.shape[0],dtype=t.int64),reduction='none') kl_div(x,x,reduction='none') prelu(x,t.ones(1))
gumbel_softmax(x) scaled_dot_product_attention(x,x,x) rrelu(x) threshold(x,9,1)
"""
_MORE = [
    "t.as_tensor(x)", "t.asarray(x)", "t.tensor(x.tolist())", "t.from_numpy(x.numpy())", "t.Tensor.contiguous(x)",
    "t.nn.Parameter(x)", "t.nn.Identity()(x)", "t.nn.Dropout(0.5).eval()(x)", "t.nn.Flatten()(x)",
    "t.nn.Sequential()(x)", "t.nn.utils.parameters_to_vector([x])", "t.nn.utils.parameters_to_vector([x, x])",
    "t.nn.utils.rnn.pad_sequence([x])", "t.nn.utils.rnn.pad_sequence([x, x], batch_first=True)",
    "t.polar(x, x)", "t.complex(x, x)", "t.clamp(x)", "t.full_like(x, 2.0)", "t.nn.functional.one_hot(x, 3)",
    "t.squeeze(x, (0, 1))", "t.narrow(x, 0, 0, x.shape[0])", "t.hsplit(x, 1)", "t.vsplit(x, 1)", "t.view_as_real(x)",
    "t.view_as_complex(x.reshape(-1, 2))", "t.unravel_index(x, (2, 2))", "t.renorm(x, 2, 0, 1)",
]  # fmt: skip


def calls() -> Iterator[str]:
    """Every call that is compared: an expression of the package `t`, its nn.functional `F` and the input `x`."""
    for prefix, names, arguments in (
        ("t.", _UNARY, "x"),
        ("t.", _WHOLE, "x"),
        ("t.linalg.", _LINALG, "x"),
        ("t.fft.", _FFT, "x"),
        ("t.special.", _SPECIAL, "x"),
        ("F.", _FUNCTIONAL, "x"),
    ):
        yield from (prefix + (name if "(" in name else f"{name}({arguments})") for name in names.split())
    for name in _DIMS.split():
        for dim in (0, -1):
            yield "t." + (name.format(dim) if "(" in name else f"{name}(x,{dim})")
        yield "t." + (name.format(0) if "(" in name else f"{name}(x,0)")[:-1] + ",keepdim=True)"
    for name in _BINARY.split():
        for other in ("x", "t.ones(x.shape[-1:])", "2.0") if "(" not in name else ("x",):
            yield "t." + (name.format(*[other] * 3) if "(" in name else f"{name}(x,{other})")
    for name in _METHODS.split():
        yield "x." + (name if "(" in name or name in ("mT", "mH", "H", "T", "data", "real") else f"{name}()")
    yield from _MORE


def tensors_in(result: Any) -> list[Any]:
    """The tensors of a result, which may be nested in tuples and lists."""
    if isinstance(result, (tuple, list)):
        return [found for part in result for found in tensors_in(part)]
    return [result] if hasattr(result, "untyped_storage") else []


def answer(package: Any, functional: Any, call: str, given: str) -> list[tuple[str, bool, tuple[int, ...]]]:
    """What a call does with the memory of an input.

    Returns:
        For each result "same", "view" or "new", whether it is contiguous, and its strides along dims of size above 1.
    """
    x = eval(given, {"t": package})
    result = eval(call, {"t": package, "F": functional, "x": x})
    out = []
    for r in tensors_in(result):
        shared = r.numel() and r.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
        strides = tuple(step for step, n in zip(r.stride(), r.shape) if n > 1)
        out.append(("same" if r is x else "view" if shared else "new", r.is_contiguous(), strides))
    return out


def text_of(found: list[tuple[str, bool, tuple[int, ...]]]) -> str:
    """An answer in the form of the file."""
    return "; ".join(
        f"{sharing} {'c' if contiguous else ','.join(map(str, strides))}" for sharing, contiguous, strides in found
    )


def record(package: Any, functional: Any) -> dict[str, dict[str, str]]:
    """For each call the answers, each with the names of the inputs for which it is given."""
    table: dict[str, dict[str, str]] = {}
    for call in dict.fromkeys(calls()):
        by_answer: dict[str, list[str]] = {}
        for name, given in INPUTS.items():
            try:
                found = answer(package, functional, call, given)
            except Exception:
                continue
            if found:
                by_answer.setdefault(text_of(found), []).append(name)
        if by_answer:
            table[call] = {text: " ".join(names) for text, names in by_answer.items()}
    return table


def differences(
    package: Any, functional: Any, recorded: dict[str, dict[str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Where a package does not do what is recorded: the call, the input, what is recorded, and what it does.

    A result that is contiguous although the recorded one is not counts as right: every view() of it succeeds.
    """
    for call, by_answer in recorded.items():
        for text, names in by_answer.items():
            for name in names.split():
                try:
                    found = answer(package, functional, call, INPUTS[name])
                except Exception as error:
                    yield call, name, text, f"{type(error).__name__}: {error}"
                    continue
                wanted = text.split("; ")
                parts = text_of(found).split("; ")
                same = len(wanted) == len(parts) and all(
                    w == p or (w.split()[0] == p.split()[0] and p.endswith(" c")) for w, p in zip(wanted, parts)
                )
                if not same:
                    yield call, name, text, "; ".join(parts)


def main() -> None:
    """Record PyTorch's answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write them into {TARGET.name}")
    write = parser.parse_args().write
    import torch

    warnings.simplefilter("ignore")
    table = record(torch, torch.nn.functional)
    lines = ",\n".join(f"{json.dumps(call)}: {json.dumps(answers)}" for call, answers in table.items())
    if write:
        TARGET.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    else:
        print(lines)


if __name__ == "__main__":
    main()
