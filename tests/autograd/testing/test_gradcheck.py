"""`gradcheck`, `gradgradcheck` and `check_grads`: what passes, what fails, and what is refused."""

import warnings

import numpy as np
import pytest

import autograd as torch
from autograd import Function, float64, nn, tensor
from autograd.core.operation import primitive
from autograd.core.primitive import registry
from autograd.core.tensor import wrap
from autograd.testing import GradcheckError, check_grads, gradcheck, gradgradcheck
from autograd.transforms.function import once_differentiable


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def detached_factor(x):
    """x² with one of its factors detached: half of the right gradient."""
    return x * x.detach()


def raw_rule():
    """x³ with a detached value in its backward: right at first order, wrong at second."""

    class Raw(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x.detach() ** 2

    return Raw.apply


def test_the_checks_have_pytorchs_import_names():
    assert torch.autograd.gradcheck is gradcheck
    assert torch.autograd.gradgradcheck is gradgradcheck


def test_functions_of_several_inputs_and_outputs_pass():
    def function(x, n, y):
        return torch.sin(x) * n @ y, y.sum(), x.argmax(), x.detach()

    inputs = (leaf([[0.1, 0.2], [0.3, 0.4]]), 3, leaf([1.0, -2.0]))
    assert gradcheck(function, inputs)
    assert gradgradcheck(function, inputs)
    assert gradcheck(function, inputs, check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True)
    assert gradgradcheck(function, inputs, check_fwd_over_rev=True, gen_non_contig_grad_outputs=True)
    check_grads(function, inputs, order=3)


def test_a_failure_names_the_element_both_values_the_error_and_the_cause():
    with pytest.raises(GradcheckError) as info:
        gradcheck(detached_factor, leaf([[1.0, 2.0]]))
    message = str(info.value)
    assert message.startswith("Jacobian mismatch for output 0 with respect to input 0: 2 of 4 entries are wrong")
    assert "d output 0[0, 1] / d input 0[0, 1]" in message
    assert "analytical, by backward:     2\n" in message
    assert "numerical, by differences:   4 ± " in message
    assert "Cause: a constant factor: every entry is 0.5 times what it should be" in message
    assert "shrinks as h^1.00 (h^2 if right): it agrees that the gradient is wrong" in message
    assert info.value.cause == "constant factor"


def test_a_failure_returns_false_without_an_exception():
    assert not gradcheck(detached_factor, leaf([1.0, 2.0]), raise_exception=False)
    assert not gradgradcheck(raw_rule(), leaf([1.0, 2.0]), raise_exception=False)


def test_a_large_input_is_projected_and_the_wrong_element_is_still_found():
    mask = torch.zeros(40, 40, dtype=float64)
    mask[7, 3] = 1

    def wrong_at_one(x):
        return torch.exp(x) * (1 - mask) + torch.exp(x.detach()) * x * mask

    x = torch.linspace(-1, 1, 1600, dtype=float64).reshape(40, 40).requires_grad_()
    with pytest.raises(GradcheckError, match=r"a random sum over output 0 / d input 0\[7, 3\]"):
        gradcheck(wrong_at_one, x)


def test_the_second_order_is_checked_by_inputs_and_cotangents():
    x = leaf([1.0, 2.0])
    assert gradcheck(raw_rule(), x)
    with pytest.raises(GradcheckError, match="mismatch for the gradient of input 0 with respect to input 0"):
        gradgradcheck(raw_rule(), x)
    with pytest.raises(GradcheckError, match="order 2: Jacobian mismatch"):
        check_grads(raw_rule(), x)
    check_grads(raw_rule(), x, order=1)
    assert gradcheck(Cotangent.apply, x)
    with pytest.raises(GradcheckError, match="with respect to the cotangent of output 0"):
        gradgradcheck(Cotangent.apply, x)


class Cotangent(Function):
    """x² with a detached cotangent in its backward."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return g.detach() * 2 * ctx.saved_tensors[0]


def test_the_third_order_is_checked():
    class Third(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**4

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * (4 * x**3 + 4 * (x - x.detach()) ** 2 * x.detach())

    check_grads(Third.apply, leaf([0.7, 1.1]), order=2)
    with pytest.raises(GradcheckError, match="order 3"):
        check_grads(Third.apply, leaf([0.7, 1.1]), order=3)


def test_check_grads_makes_leaves_of_inputs_that_require_no_gradient():
    x = tensor([1.0, 2.0], dtype=float64)
    check_grads(lambda x, n: x**n, (x, 3))
    assert not x.requires_grad
    with pytest.raises(ValueError, match="order must be a whole number of 1 or more, but got 0"):
        check_grads(torch.sin, x, order=0)
    with pytest.raises(ValueError, match="order must be a whole number of 1 or more, but got '2'"):
        check_grads(torch.sin, x, order="2")


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck, check_grads])
def test_wrong_arguments_are_refused(check):
    x = leaf([0.7, 1.1])
    with pytest.raises(TypeError, match="expected a function of tensors or a module, but got str"):
        check("sin", x)
    for nothing in (None, 2.0, "abc", (), np.ones(2)):
        with pytest.raises(ValueError, match="expects at least one input tensor to require gradient, but got no"):
            check(torch.sin, nothing)
    with pytest.raises(ValueError, match="eps must be more than 0, but got 0"):
        check(torch.sin, x, eps=0)
    with pytest.raises(RuntimeError, match="rtol must be greater than or equal to zero, but got nan"):
        check(torch.sin, x, rtol=float("nan"))


def test_a_function_that_can_be_differentiated_only_once_fails_the_second_order():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = leaf([0.7, 1.1])
    assert gradcheck(Square.apply, x)
    assert gradgradcheck(Square.apply, x, raise_exception=False) is False
    with pytest.raises(GradcheckError, match=r"differentiate twice .*Square"):
        gradgradcheck(Square.apply, x)
    with pytest.raises(GradcheckError, match=r"order 2: .*differentiate twice .*Square"):
        check_grads(Square.apply, x)


def test_cotangents_that_are_no_tensors_are_refused():
    with pytest.raises(TypeError, match="grad_outputs must be a Tensor or several, but got float"):
        gradgradcheck(torch.sin, leaf([0.7]), 2.0)


def test_gradgradcheck_refuses_a_function_that_uses_no_input():
    other = leaf([1.0])
    with pytest.raises(GradcheckError, match="depends on none of its inputs that require a gradient"):
        gradgradcheck(lambda x: other * 2, leaf([0.7, 1.1]))


def test_both_parts_of_complex_inputs_and_outputs_are_checked():
    z = torch.tensor(np.array([1 + 2j, 0.5 - 0.3j]), requires_grad=True)
    assert gradcheck(lambda z: (z * z.conj() * torch.exp(z), z.abs()), z)
    assert gradgradcheck(lambda z: z * z.conj() * torch.exp(z), z)

    class Unconjugated(Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    with pytest.raises(GradcheckError, match=r"\(imaginary part\)"):
        gradcheck(Unconjugated.apply, z)


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), (2, 3)),
        (lambda: nn.LayerNorm(3), (2, 3)),
        (lambda: nn.BatchNorm1d(2), (4, 2)),
        (lambda: nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), (4, 3)),
    ],
    ids=["mlp", "layer norm", "batch norm", "a bias that the norm cancels"],
)
def test_every_parameter_of_a_module_is_checked(module, shape):
    layer = module().double()
    x = torch.randn(shape, dtype=float64, requires_grad=True)
    before = {name: value.clone() for name, value in layer.named_parameters()}
    assert gradcheck(layer, x)
    assert gradcheck(layer, x.detach(), check_batched_grad=True)
    assert gradgradcheck(layer, x, fast_mode=True)
    for name, value in layer.named_parameters():
        assert torch.equal(value, before[name])


def test_a_wrong_parameter_is_named():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3, dtype=float64))
            self.scale = nn.Parameter(torch.ones(3, dtype=float64))

        def forward(self, x):
            return x * self.weight * self.scale.detach() + 0 * self.scale

    with pytest.raises(GradcheckError, match="with respect to parameter scale"):
        gradcheck(Scaled(), leaf([1.0, 2.0, 3.0]))


def test_inputs_that_the_function_reads_through_a_closure_are_perturbed_too():
    x = leaf([1.0, 2.0])
    assert gradcheck(lambda _: (x * x).sum(), x)
    assert x.tolist() == [1.0, 2.0] and x._version == 0


def test_inputs_keep_their_layout_and_bits():
    base = np.linspace(0.1, 0.9, 12).reshape(3, 4)
    x = wrap(base[::-1, ::2]).requires_grad_()
    before = base.tobytes()
    assert gradcheck(torch.sin, x)
    assert base.tobytes() == before
    with pytest.raises(ZeroDivisionError):
        gradcheck(lambda x: 1 / 0 if x.requires_grad else x, x)
    assert base.tobytes() == before


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [None, True])
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: torch.ones(3, dtype=float64), "does not depend on input 0: there is nothing to check"),
        (lambda x: (x * 2).detach(), "Numerical gradient for function expected to be zero.*The graph is cut"),
        (lambda x: x.argmax(), r"returns autograd\.int64: only floating-point and complex outputs have a derivative"),
        (lambda x: torch.log(x - 5), "output 0 is not finite at these inputs"),
        (lambda x: torch.sqrt(x - 0.25), "edge of the domain"),
        (lambda x: torch.round(x * 2) / 2 + x, "kink or a jump"),
        (lambda x: x * torch.rand(()).item(), "non-determinism"),
        (lambda x: torch.sin(1e9 * x), "cannot be judged"),
    ],
    ids=["constant", "cut", "integers", "nan", "edge", "jump", "random", "too fast"],
)
def test_a_function_without_a_derivative_to_check_is_refused_with_a_reason(f, message, fast):
    with pytest.raises(GradcheckError, match=message):
        gradcheck(f, leaf([0.25, 1.0, 2.0]), fast_mode=fast)
    assert not gradcheck(f, leaf([0.25, 1.0, 2.0]), fast_mode=fast, raise_exception=False)


def test_an_input_without_effect_is_refused_by_name():
    with pytest.raises(GradcheckError, match=r"does not depend on input 1: use it, or .* set requires_grad=False"):
        gradcheck(lambda x, y: x * 2, (leaf([1.0]), leaf([2.0])))


@pytest.mark.parametrize(
    ("f", "what"), [(lambda x: 3.0, "float"), (lambda x: (), "a tuple of nothing"), (print, "NoneType")]
)
def test_a_function_that_returns_no_tensor_is_refused(f, what):
    with pytest.raises(TypeError, match=f"returns no Tensor but {what}"):
        gradcheck(f, leaf([1.0]))


def test_inputs_that_cannot_be_checked_are_refused():
    with pytest.raises(ValueError, match="none of them have requires_grad=True"):
        gradcheck(torch.sin, torch.ones(2))
    with pytest.raises(ValueError, match=r"input 0 is autograd\.int64: integers have no gradient"):
        gradcheck(torch.sin, tensor([1, 2]))
    with pytest.raises(RuntimeError, match="elements that share memory"):
        gradcheck(torch.sin, torch.ones(3, 1, dtype=float64).expand(3, 3).detach().requires_grad_())
    windows = np.lib.stride_tricks.sliding_window_view(np.arange(4.0), 2)
    with pytest.raises(RuntimeError, match="windows that overlap"):
        gradcheck(torch.sin, wrap(windows).requires_grad_())
    x = np.arange(4.0)
    with pytest.raises(RuntimeError, match="input 0 and input 1 share memory"):
        gradcheck(torch.mul, (wrap(x[:3]).requires_grad_(), wrap(x[1:]).requires_grad_()))
    y = leaf([1.0, 2.0])
    assert gradcheck(torch.mul, (y, y))


def test_single_precision_warns_and_is_judged_within_its_own_error():
    x = torch.rand(3, requires_grad=True)
    with pytest.warns(UserWarning, match=r"Input 0 requires gradient.*autograd\.float32.*\.double\(\)"):
        assert gradcheck(torch.sin, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not gradcheck(detached_factor, x, raise_exception=False)
        with pytest.raises(GradcheckError, match=r"In autograd\.float32 rounding hides it: convert .* \.double\(\)"):
            gradcheck(lambda x: x.sin().sum(), torch.linspace(0, 1, 10000).requires_grad_())


def test_gradients_of_the_wrong_dtype_are_refused_with_check_grad_dtypes():
    made = primitive("planted", lambda x: x * 2, x=lambda g: np.float32(2) * g.astype(np.float32))
    del registry["planted"]
    x = leaf([0.5])
    with pytest.raises(GradcheckError, match="Gradient has dtype mismatch"):
        gradcheck(made, x, check_grad_dtypes=True)


HARD = {
    "narrow": (lambda x: torch.exp(-1e4 * (x - 0.5) ** 2), [0.5, 0.51, 0.49]),
    "tiny": (lambda x: torch.sin(1e8 * x), [1e-8, -2e-8]),
    "near a pole": (lambda x: 1 / x, [1e-3, -1e-4]),
    "near an edge": (lambda x: torch.log(x), [1e-10, 1e-3, 5.0]),
    "steep": (lambda x: torch.tanh(1000 * x), [0.0, 1e-3, 0.1]),
    "of many sizes": (lambda x: torch.linalg.inv(torch.diag(x) + 1e-6), [1.0, 1e-4, 1e3]),
    "saturated": (torch.tanh, [16.5, -17.0, 0.3]),
    "cancelling": (lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)), [8.0, -8.0, 0.1]),
}


@pytest.mark.parametrize("name", HARD)
def test_functions_that_are_hard_for_differences_pass(name):
    f, x = HARD[name]
    for fast in (False, True):
        assert gradcheck(f, leaf(x), fast_mode=fast)
        assert gradgradcheck(f, leaf(x), fast_mode=fast)


def test_a_backward_may_vary_within_nondet_tol():
    class Varies(Function):
        calls = 0

        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            Varies.calls += 1
            return g * (2 + 1e-9 * (Varies.calls % 2))

    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(Varies.apply, leaf([1.0]))
    assert gradcheck(Varies.apply, leaf([1.0]), nondet_tol=1e-6)


def test_outputs_without_a_cotangent_are_tried_with_check_undefined_grad():
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            return a * 2 + b * 3

    for fast in (False, True):
        with pytest.raises(GradcheckError, match="Expected backward function to handle undefined output grads"):
            gradcheck(Both.apply, leaf([1.0]), fast_mode=fast)
    assert gradcheck(Both.apply, leaf([1.0]), check_undefined_grad=False)


FORWARD = {
    "a kink": (lambda x, y: x.abs() + y, "kink"),
    "an edge": (lambda x, y: x.sqrt() + y, "edge of the domain"),
    "a constant": (lambda x, y: torch.ones(2), "does not depend on input 0, input 1"),
    "an unused input": (lambda x, y: x * 2, "does not depend on input 1"),
    "a jump of the state": (lambda x, y, n=[]: n.append(0) or x * y * len(n), "non-determinism"),
    "a cut": (lambda x, y: x.detach() + y, "forward mode mismatch"),
}


@pytest.mark.parametrize("name", FORWARD)
def test_forward_mode_alone_refuses_functions_that_cannot_be_judged(name):
    f, message = FORWARD[name]
    inputs = leaf([0.0, 1.0]), leaf([1.0, 1.0])
    with pytest.raises(GradcheckError, match=message):
        gradcheck(f, inputs, check_forward_ad=True, check_backward_ad=False)


def test_a_constant_gradient_passes_the_batched_check():
    assert gradgradcheck(lambda x: torch.cat([x, x]), leaf([1.0]), check_batched_grad=True)


def test_flags_that_exclude_each_other_are_refused():
    x = leaf([1.0])
    with pytest.raises(AssertionError, match="at least one of check_forward_ad or check_backward_ad"):
        gradcheck(torch.sin, x, check_backward_ad=False)
    with pytest.raises(AssertionError, match="requires check_forward_ad"):
        gradcheck(torch.sin, x, check_batched_forward_grad=True)
    with pytest.raises(AssertionError, match="at least one of check_fwd_over_rev or check_rev_over_rev"):
        gradgradcheck(torch.sin, x, check_rev_over_rev=False)


# -- as PyTorch --------------------------------------------------------------------------------------

CASES = {
    "right": (lambda t, x, y: t.sin(x) * y, {}),
    "half": (lambda t, x, y: x * x.detach() + y, {}),
    "within a tolerance": (lambda t, x, y: x * 2 + (x * 1e-4).detach() + y, {"atol": 1e-3}),
    "beyond a tolerance": (lambda t, x, y: x * 2 + (x * 1e-4).detach() + y, {"atol": 1e-7, "rtol": 1e-7}),
    "relative": (lambda t, x, y: x * 2 + (x * 1e-2).detach() + y, {"atol": 0.0, "rtol": 0.1}),
    "a coarse step": (lambda t, x, y: x**3 * 10 + y, {"eps": 0.1, "atol": 1e-3}),
    "a fine step": (lambda t, x, y: x**3 * 10 + y, {"eps": 1e-6}),
    "several outputs": (lambda t, x, y: (x * y, x.detach(), x.argmax()), {}),
    "fast": (lambda t, x, y: t.sin(x) * y, {"fast_mode": True}),
    "fast and wrong": (lambda t, x, y: x * x.detach() + y, {"fast_mode": True}),
    "batched": (lambda t, x, y: t.sin(x) * y, {"check_batched_grad": True}),
    "complex": (lambda t, x, y: t.sin(x) * y * 1j, {}),
    "a list": (lambda t, x, y: [x * y, y], {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is_that_of_pytorch(name, answers):
    def verdict(t):
        x, y = (t.tensor(v, dtype=t.float64, requires_grad=True) for v in ([0.5, -0.7], [1.5, 0.3]))
        f, options = CASES[name]
        return t.autograd.gradcheck(lambda x, y: f(t, x, y), (x, y), raise_exception=False, **options)

    assert verdict(torch) == answers("torch", verdict)


@pytest.mark.parametrize("name", ["right", "several outputs", "fast"])
def test_the_verdict_on_the_second_order_is_that_of_pytorch(name, answers):
    def verdict(t):
        x, y = (t.tensor(v, dtype=t.float64, requires_grad=True) for v in ([0.5, -0.7], [1.5, 0.3]))
        return t.autograd.gradgradcheck(lambda x, y: CASES[name][0](t, x, y), (x, y))

    assert verdict(torch) and answers("torch", verdict)


@pytest.mark.filterwarnings("ignore:Input 0 requires gradient")
@pytest.mark.parametrize("shift", [1e3, 1e4, 3e4, 1e5, 1e6])
def test_a_function_whose_values_are_rounded_to_stairs_is_not_said_to_have_a_wrong_gradient(shift):
    x = torch.tensor([0.3, 0.7], requires_grad=True)
    with pytest.raises(GradcheckError, match=r"cannot be judged: .* In autograd.float32 rounding hides it"):
        gradcheck(lambda x: (x + shift) - shift, (x,))


@pytest.mark.parametrize("power, right", [(1, True), (1.01, True), (2, False), (3, False)])
def test_a_gradient_that_is_not_linear_in_the_cotangent_is_found_though_the_jacobian_is_right(power, right):
    class Tenth(Function):
        @staticmethod
        def forward(ctx, x):
            return 0.1 * x

        @staticmethod
        def backward(ctx, g):
            return 0.1 * g.abs() ** power * g.sign()

    x = torch.tensor([0.5, -0.25], dtype=torch.float64, requires_grad=True)
    if right:
        assert gradcheck(Tenth.apply, x)
        return
    with pytest.raises(GradcheckError, match="the gradient of input 0 is not linear in the cotangent"):
        gradcheck(Tenth.apply, x)


@pytest.mark.parametrize("large", [1e3, 1e4, 1e5, 1e6, 1e7, 1e8])
def test_digits_that_are_lost_raise_no_false_alarm(large):
    rng = np.random.default_rng(0)
    for _ in range(8):
        assert gradcheck(lambda x: (x + large) - large, leaf(rng.uniform(-3, 3, 2).tolist()))
    with pytest.raises(GradcheckError):
        gradcheck(lambda x: ((x + large) - large) * 0.999 + x.detach() * 0.001, leaf([0.5, 1.5]))
