"""Defaults: where a parameter may be left out, the function does what PyTorch does by default."""

import functools
import inspect

import autograd
from tests.tools.answers import plain

#: By the name of a module: where its functions are, and how PyTorch's operators of that module begin.
MODULES = {"": "", "linalg": "linalg_", "fft": "fft_", "special": "special_"}
OTHERS = [
    "autograd",
    "autograd.graph",
    "autograd.functional",
    "func",
    "autograd.forward_ad",
    "signal.windows",
    "amp",
    "masked",
]
#: Functions and parameters with other defaults here, which mean the same.
OTHER_WORDS = {
    ("bernoulli", "p"), ("cdist", "compute_mode"), ("compile", "backend"), ("cumulative_trapezoid", "dx"),
    ("gradient", "spacing"), ("meshgrid", "indexing"), ("norm", "p"), ("randint", "dtype"), ("randperm", "dtype"),
    ("std", "unbiased"), ("std_mean", "unbiased"), ("trapezoid", "dx"), ("trapz", "dx"), ("tril_indices", "dtype"),
    ("triu_indices", "dtype"), ("var", "unbiased"), ("var_mean", "unbiased"),
}  # fmt: skip


def simple(value):
    """A default in a form that can be recorded."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [simple(part) for part in value]
    return str(value).replace("torch.", "").replace("autograd.", "")


def found_in(function):
    """The defaults of a Python function by the names of its parameters."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: [simple(p.default)] for p in parameters if p.default is not p.empty}


def public_functions(library):
    """The functions of the modules by dotted name."""
    for module in (*MODULES, *OTHERS):
        owner = functools.reduce(getattr, module.split("."), library) if module else library
        for name, value in vars(owner).items():
            if callable(value) and not name.startswith("_") and not inspect.isclass(value):
                yield f"{module}.{name}".lstrip("."), value
    for name in vars(library.Tensor) if library is autograd else dir(library.Tensor):
        if callable(getattr(library.Tensor, name)) and not name.startswith("_"):
            yield f"Tensor.{name}", getattr(library.Tensor, name)


def pytorchs(library, names):
    """By name of a function the defaults of its parameters, each a list: those of all overloads."""
    schemas = {}
    for schema in library._C._jit_get_all_schemas():
        if schema.name.startswith("aten::"):
            schemas.setdefault(schema.name.removeprefix("aten::"), []).append(schema)
    functions = dict(public_functions(library))
    record = {}
    for name in names:
        found = dict(found_in(functions.get(name)))
        module, _, last = name.rpartition(".")
        for schema in schemas.get(MODULES.get(module, "") + last, []):
            for argument in schema.arguments:
                if argument.has_default_value():
                    found.setdefault(argument.name, []).append(simple(argument.default_value))
        if found:
            record[name] = {
                parameter: [v for i, v in enumerate(vs) if v not in vs[:i]] for parameter, vs in found.items()
            }
    return record


def same(ours, theirs):
    """Whether two defaults mean the same: no dims are all dims, and None is the default dtype or device."""
    if ours is None or theirs is None:
        return ours in (None, [], False) and theirs in (None, [], False, "strided")
    return type(ours) in (int, float) and ours == theirs or (type(ours) is type(theirs) and ours == theirs)


def test_defaults_are_those_of_pytorch(answers):
    ours = {name: found_in(function) for name, function in public_functions(autograd)}
    theirs = answers("torch", pytorchs, sorted(ours))
    wrong = [
        f"{name}({parameter}={value!r}), but {theirs[name][parameter]} there"
        for name, parameters in ours.items()
        for parameter, (value,) in parameters.items()
        if parameter in theirs.get(name, ()) and (name.rpartition(".")[2], parameter) not in OTHER_WORDS
        if not any(same(plain(value), their) for their in theirs[name][parameter])
    ]
    assert not wrong, "\n".join(wrong)


def kinds_of(library):
    """How the parameters of the functions of `masked` and `func` are passed, by dotted name."""
    found = {}
    for module in ("masked", "func"):
        for name, value in vars(getattr(library, module)).items():
            if inspect.isfunction(value) and not name.startswith("_"):
                found[f"{module}.{name}"] = {p.name: p.kind.name for p in inspect.signature(value).parameters.values()}
    return found


def test_parameters_are_passed_by_position_or_by_name_as_in_pytorch(answers):
    ours, theirs = kinds_of(autograd), answers("torch", kinds_of)
    assert len(ours.keys() & theirs.keys()) > 25
    wrong = [
        f"{name}: {parameter} is {kind}, but {theirs[name][parameter]} there"
        for name in ours.keys() & theirs.keys()
        for parameter, kind in ours[name].items()
        if theirs[name].get(parameter, kind) != kind
    ]
    assert not wrong, "\n".join(sorted(wrong))
