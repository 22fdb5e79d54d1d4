"""A program that knows only `torch`, run by the tests in a process of its own: it prints what it finds, as JSON."""

import doctest
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import pickle
import sys
import threading
import typing

import torch
import torch.nn.functional as F
import torch.optim.lr_scheduler
import torch.utils.data
from torch import nn
from torch.autograd.function import Function
from torch.distributions import Normal
from torch.utils.data import DataLoader, TensorDataset

found = {"argv": sys.argv[1:], "name": __name__, "path": sys.path[0], "file": __file__}


def error_of(statement):
    try:
        exec(statement, {"torch": torch, "nn": nn, "F": F})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


class Doubled(nn.Linear):
    """A user's layer.

    >>> Doubled(2, 1)
    Doubled(in_features=2, out_features=1, bias=True)
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(x)


#: What public programs import from deep below `torch`.
IMPORTS = (
    "from torch.autograd.anomaly_mode import detect_anomaly",
    "from torch.autograd.grad_mode import no_grad",
    "from torch.autograd.gradcheck import GradcheckError, gradcheck",
    "from torch.autograd.variable import Variable",
    "from torch.jit import annotate, fork, wait",
    "from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd",
    "from torch.nn.modules.dropout import _DropoutNd",
    "from torch.nn.modules.linear import NonDynamicallyQuantizableLinear",
    "from torch.nn.modules.module import _IncompatibleKeys",
    "from torch.nn.modules.pooling import _AdaptiveAvgPoolNd, _AdaptiveMaxPoolNd, _AvgPoolNd, _MaxPoolNd",
    "from torch.nn.utils.prune import BasePruningMethod, l1_unstructured",
    "from torch.serialization import add_safe_globals, safe_globals",
)

if __name__ == "__main__":
    ours = importlib.import_module("autograd")
    found["version"] = [
        torch.__version__, torch.version.__version__, importlib.metadata.version("torch"), ours.__version__,
        torch.__version__ > "2.4", torch.__version__ >= (2, 13), torch.__version__ == "2.13.0+cpu",
    ]  # fmt: skip
    found["specs"] = [
        importlib.util.find_spec(name) is not None
        for name in ("torch", "torch.nn", "torch.nn.functional", "torch.jit", "torch.core", "torch.no", "torch.nn.no")
    ]
    found["same"] = [
        torch.Tensor is ours.Tensor, nn is ours.nn, F is nn.functional, torch.utils.data is ours.utils.data,
        isinstance(torch.ones(2), ours.Tensor), issubclass(DataLoader, ours.utils.data.DataLoader),
        torch.optim.lr_scheduler.StepLR is ours.optim.lr_scheduler.StepLR, Function is torch.autograd.Function,
        issubclass(Normal, torch.distributions.Distribution), issubclass(TensorDataset, torch.utils.data.Dataset),
    ]  # fmt: skip
    found["shown"] = [
        repr(value)
        for value in (
            torch.float32, torch.Size([2]), torch.strided, torch.device("cpu"), torch.ones(1, dtype=torch.float64),
            torch.ones(2).max(0), torch.Tensor, torch.ones(1).type(), torch.Tensor.__module__,
        )
    ]  # fmt: skip
    found["source"] = ["class Linear" in inspect.getsource(nn.Linear), "def relu" in inspect.getsource(F.relu)]
    found["hints"] = typing.get_type_hints(Doubled.forward)["x"] is torch.Tensor
    found["doctest"] = doctest.testmod()
    found["errors"] = {
        statement: error_of(statement)
        for statement in (
            "import torch.no_such", "from torch import relo", "from torch.nn import Liner", "torch.tesor", "F.rellu",
            "from torch.optim import SDG", "from torch.fft import ffft", "torch.sparse_coo_tensor",
            "torch.nn.quantized", "import torch.distributed.fsdp", "torch.float8_e4m3fn", "from torch import core",
            "torch.teaching", "torch.ones(2, device='cuda')", "torch.ones(2).to('meta')", "nn.Linear(1, 1).to('mps')",
            "torch.ones(1).to_sparse()", "torch.ones(1).relo",
            "torch.onnx.export(nn.ReLU(), ())", "torch.fx.symbolic_trace(nn.ReLU())", "torch.jit.save(1, 'x')",
        )
    }  # fmt: skip
    found["imports"] = {statement: error_of(statement) for statement in IMPORTS}
    values = [torch.ones(2), torch.float32, torch.device("cuda", 1), torch.Size([2]), nn.Linear(2, 1), torch.relu]
    found["pickled"] = pickle.dumps([*values, nn.Parameter(torch.ones(1))]).hex()
    found["again"] = [type(value).__name__ for value in pickle.loads(bytes.fromhex(sys.argv[1]))]
    module = torch
    importlib.import_module("autograd.as_torch")
    found["twice"] = importlib.reload(importlib.import_module("autograd.as_torch")) and sys.modules["torch"] is module
    found["reloaded"] = importlib.reload(torch) is module and torch.ones(1).item()
    threads = [
        threading.Thread(target=lambda name=name: importlib.import_module(f"torch.{name}"))
        for name in ("distributions", "profiler", "jit", "fx", "masked", "linalg", "nn.utils.rnn", "_dynamo.config")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    found["threads"] = not any(thread.is_alive() for thread in threads)
    print(json.dumps(found))
    sys.exit(3)
