"""Parameters: every name that PyTorch gives an argument is accepted here, at the same position."""

import ast
import importlib
import inspect
from pathlib import Path

import autograd
from autograd.core import public

#: Modules whose functions and classes are compared. PyTorch's operators of some begin with the module's name.
MODULES = [
    "", "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "nn.utils.parametrize",
    "nn.utils.parametrizations", "optim", "optim.lr_scheduler", "optim.swa_utils", "utils.data", "utils.checkpoint",
    "distributions", "linalg", "fft", "special", "func", "autograd", "autograd.functional", "autograd.forward_ad",
    "signal.windows", "amp",
]  # fmt: skip

#: Those whose classes are compared method by method too.
WITH_METHODS = {"nn", "optim", "optim.lr_scheduler", "utils.data", "distributions"}


def callables(library):
    """The public functions, constructors and methods, by dotted name."""
    found = {}
    for prefix in MODULES:
        module = importlib.import_module(f"{library.__name__}.{prefix}".rstrip("."))
        for name in [*dir(module), *(autograd._FUNCTIONAL if prefix == "" else ())]:  # imported on first use
            value = getattr(module, name)
            if name[0] == "_" or not callable(value) or getattr(value, "__module__", None) == "typing":
                continue
            path = f"{prefix}.{name}".lstrip(".")
            is_tensor = inspect.isclass(value) and issubclass(value, library.Tensor)
            if path == "Tensor" or not is_tensor:
                found[path] = value
            if path == "Tensor" or (inspect.isclass(value) and not is_tensor and prefix in WITH_METHODS):
                methods = {m: getattr(value, m) for m in dir(value) if m[0] != "_"}
                base = library.nn.Module if path != "nn.Module" else object
                found |= {f"{path}.{m}": v for m, v in methods.items() if callable(v) and not hasattr(base, m)}
    return found


def parameters(function):
    """The names of the parameters as one text: `input, dim, *, out`; None if Python does not know them."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    parts = []
    for p in found:
        if p.kind is p.KEYWORD_ONLY and "*" not in "".join(part[:1] for part in parts):
            parts.append("*")
        parts.append({p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name)
    return ", ".join(part for part in parts if part != "self")


def in_stub(path, owner=None):
    """The parameters of the functions of one of PyTorch's stubs, or of a class in it: by name, of each overload."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if owner:
        body = next(node.body for node in body if getattr(node, "name", "") == owner)
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            a = node.args
            star = ["*" + a.vararg.arg] if a.vararg else ["*"] * bool(a.kwonlyargs)
            names = [p.arg.rstrip("_") for p in (*a.posonlyargs, *a.args)] + star + [p.arg for p in a.kwonlyargs]
            # Not the deprecated overloads, such as add(alpha, self, other) and addcmul(self, value, tensor1, tensor2).
            if "self" not in names[1:] and "alpha" not in names[1 : len(a.args)] and names[1:3] != ["value", "tensor1"]:
                parts = names[1:] if owner else ["input" if name == "self" else name for name in names]
                found.setdefault(node.name, []).append(", ".join(parts))
    return found


def pytorchs(library, names):
    """By name: the parameters of every overload in PyTorch, from Python's signatures, else the stubs, else schemas."""
    stubs = Path(library.__file__).parent / "_C"
    functions, methods = in_stub(stubs / "_VariableFunctions.pyi"), in_stub(stubs / "__init__.pyi", "TensorBase")
    found = {"": functions, "nn.functional": functions | in_stub(stubs / "_nn.pyi"), "Tensor": methods}
    for schema in library._C._jit_get_all_schemas():
        module, _, name = schema.name.removeprefix("aten::").partition("_")
        if module in ("linalg", "fft", "special") and not any(a.is_out for a in schema.arguments):
            parts = ["input" if a.name == "self" else a.name for a in schema.arguments]
            named = [a.kwarg_only for a in schema.arguments]
            if any(named):
                parts.insert(named.index(True), "*")
            found.setdefault(module, {}).setdefault(name, []).append(", ".join(parts))
    record = {}
    for name, value in callables(library).items():
        owner, _, last = name.rpartition(".")
        text = parameters(value)
        if name in names:
            record[name] = [text] if text is not None else found.get(owner, {}).get(last)
    return {name: " | ".join(dict.fromkeys(forms)) for name, forms in record.items() if forms}


#: Overloads that the type of an argument tells apart: its name is accepted, at a position that others have too.
BY_TYPE = {
    "Tensor.max other", "Tensor.min other", "max other", "min other", "Tensor.random_ to", "Tensor.scatter value",
    "Tensor.scatter_ value", "scatter value", "Tensor.std unbiased", "Tensor.var unbiased", "std unbiased",
    "var unbiased", "std_mean unbiased", "var_mean unbiased", "arange end", "randint high", "randint size",
    "randint_like high", "repeat_interleave repeats",
}  # fmt: skip
x, m, two = autograd.tensor([3.0, 1.0, 2.0]), autograd.zeros(2, 2), autograd.tensor([[0, 1]])
#: A call for each of them, and its result.
CALLS = {
    "max": lambda: x.max(x + 1).tolist() == autograd.max(x, x + 1).tolist() == [4, 2, 3],
    "min": lambda: x.min(x + 1).tolist() == autograd.min(x, x + 1).tolist() == [3, 1, 2],
    "random_": lambda: autograd.ones(9).random_(1).tolist() == [0] * 9,
    "scatter": lambda: m.scatter(0, two, 5).tolist() == autograd.scatter(m, 0, two, 5).tolist() == [[5, 0], [0, 5]],
    "scatter_": lambda: m.clone().scatter_(0, two, 5).tolist() == [[5, 0], [0, 5]],
    "std": lambda: x.std(True).tolist() == autograd.std(x, True).tolist() == 1,
    "var": lambda: x.var(True).tolist() == autograd.var(x, True).tolist() == 1,
    "std_mean": lambda: autograd.std_mean(x, True)[0].tolist() == 1,
    "var_mean": lambda: autograd.var_mean(x, True)[0].tolist() == 1,
    "arange": lambda: autograd.arange(3).tolist() == [0, 1, 2],
    "randint": lambda: autograd.randint(1, (2,)).tolist() == [0, 0],
    "randint_like": lambda: autograd.randint_like(x, 1).tolist() == [0, 0, 0],
    "repeat_interleave": lambda: autograd.repeat_interleave(autograd.tensor([0, 2])).tolist() == [1, 1],
}
#: By reason: the names that are not accepted here.
NOT_ACCEPTED = {
    "PyTorch's parser refuses them too: only its stubs name them": {
        "tensor dtype", "tensor device", "tensor requires_grad", "tensor pin_memory",
        "Tensor.new_tensor dtype", "Tensor.new_tensor device", "Tensor.new_tensor requires_grad",
        "Tensor.new_tensor pin_memory", "set_num_threads num",
    },
    "for the engine of PyTorch itself: compiler, storages, kernels": {
        "Tensor.expand implicit", "Tensor.new storage",
        "distributions.CorrCholeskyTransform.log_abs_det_jacobian intermediates",
        "func.jacrev _preallocate_and_copy",
        "addmm out_dtype", "baddbmm out_dtype", "bmm out_dtype", "mm out_dtype",
        "group_norm cudnn_enabled", "layer_norm cudnn_enable",
    },
    "dims have no names": {"full names"},
    "`out` comes by name alone, and `dtype` after the options": {
        "norm out", "norm dtype", "tensordot out", "nn.functional.normalize out",
    },
    "two numbers have the names of tensors": {
        "result_type scalar", "result_type scalar1", "result_type scalar2", "result_type tensor",
    },
    "one function where PyTorch has two: `inplace` stands where `generator` does": {
        "rrelu generator", "nn.functional.rrelu_ generator",
    },
    "the layers LSTM, GRU, RNN and their cells know their mode": {
        *(f"nn.RNNBase {name}" for name in (
            "mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional",
            "proj_size", "device", "dtype",
        )),
        *(f"nn.RNNCellBase {name}" for name in ("num_chunks", "device", "dtype")),
    },
    "the name that the base class has": {
        "nn.Sequential.extend sequential", "distributions.MixtureSameFamily.cdf x",
        "distributions.MixtureSameFamily.log_prob x",
    },
}  # fmt: skip


def refused(name, function, forms):
    """The parameters in PyTorch's forms of a call that this function does not accept by that name or position."""
    own = parameters(function)
    if own is None or "**" in own:
        return
    own = own.split(", ")
    if name.startswith("Tensor.") and "self" not in inspect.signature(function).parameters:
        own = own[1:]
    names = [p.lstrip("*") for p in own]
    by_position = [p[0] != "*" for p in own].index(False) if "*" in "".join(p[:1] for p in own) else len(own)
    variable = by_position < len(own) and len(own[by_position]) > 1
    others = public._other_names.get(inspect.unwrap(function), {})
    for form in forms.split(" | "):
        parts = form.split(", ")
        stars = [i for i, p in enumerate(parts) if p[:1] == "*"] + [len(parts)]
        for i, p in enumerate(parts):
            to = next((n for n in (p, others.get(p), f"{p}_") if n in names), names[0] if p == "input" else None)
            method_out = p == "out" and name.startswith("Tensor.")  # PyTorch's methods refuse it too
            if not p or p[0] == "*" or method_out:
                continue
            at_its_place = names[i] == to if i < by_position else variable
            if to is None or (i < stars[0] and not at_its_place):
                yield f"{name} {p}"


def test_arguments_have_the_names_and_positions_that_they_have_in_pytorch(answers):
    functions = callables(autograd)
    recorded = answers("torch", pytorchs, sorted(functions))
    assert len(functions.keys() & recorded.keys()) > 1800
    found = {r for name, forms in recorded.items() if name in functions for r in refused(name, functions[name], forms)}
    assert found ^ BY_TYPE.union(*NOT_ACCEPTED.values()) == set()


def test_where_the_type_of_an_argument_tells_calls_apart_both_are_accepted():
    assert {call for call, holds in CALLS.items() if not holds()} == set()
    assert {name.split()[0].removeprefix("Tensor.") for name in BY_TYPE} == set(CALLS)
