"""`import autograd.as_torch`: unchanged programs find this package by the name `torch`.

The alias belongs to a process, so that the programs run in processes of their own: few, as each takes a moment.
"""

import ast
import json
import os
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import autograd
import nn

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


#: The source of the alias, which this process must not import.
TREE = ast.parse((ROOT / "autograd" / "as_torch.py").read_text(encoding="utf-8"))


def is_needs(node):
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NEEDS"


def run(*arguments, program=None, cwd=None):
    """Run Python with warnings as errors; `program` is text for its standard input."""
    return subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        input=program, cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def found():
    """What `program.py` found, and how its process ended."""
    values = [autograd.ones(2), autograd.float32, autograd.Size([2]), nn.Linear(2, 1), autograd.nn.Parameter]
    ended = run("-m", "autograd.as_torch", HERE / "program.py", pickle.dumps(values).hex(), "-x")
    assert ended.returncode == 3, ended.stderr
    return json.loads(ended.stdout)


def test_a_program_runs_as_by_python_itself(found):
    assert found["argv"][1:] == ["-x"] and found["name"] == "__main__"
    assert found["path"] == str(HERE) and found["file"] == str(HERE / "program.py")
    assert found["source"] == [True, True] and found["hints"] and found["doctest"] == [0, 1]


def test_torch_tells_the_version_that_it_follows_and_autograd_its_own(found):
    assert found["version"] == ["2.13.0"] * 3 + [autograd.__version__, True, True, True]
    assert found["specs"] == [True, True, True, True, False, False, False]


def test_every_name_below_torch_is_ours_under_a_second_name(found):
    assert found["same"] == [True] * len(found["same"])
    assert found["twice"] and found["reloaded"] and found["threads"]


def test_what_programs_print_and_compare_says_torch(found):
    assert found["shown"] == [
        "torch.float32", "torch.Size([2])", "torch.strided", "device(type='cpu')",
        "tensor([1.], dtype=torch.float64)", "torch.return_types.max(\nvalues=tensor(1.),\nindices=tensor(0))",
        "<class 'torch.Tensor'>", "'torch.FloatTensor'", "'torch'",
    ]  # fmt: skip


def test_pickles_are_loaded_with_and_without_the_alias(found):
    ones, dtype, device, size, layer, relu, parameter = pickle.loads(bytes.fromhex(found["pickled"]))
    assert type(ones) is autograd.Tensor and ones.tolist() == [1, 1] and dtype is autograd.float32
    assert device == autograd.device("cuda:1") and size == (2,) and type(size) is autograd.Size
    assert type(layer) is nn.Linear and relu is autograd.relu and type(parameter) is nn.Parameter
    assert found["again"] == ["Tensor", "dtype", "Size", "Linear", "type"]


#: A statement, the kind of its error, and what its message says.
ERRORS = {
    "import torch.no_such": ("ModuleNotFoundError", "module 'torch' has no attribute 'no_such': it is not part of"),
    "from torch import relo": ("ModuleNotFoundError", "The nearest names: relu"),
    "from torch.nn import Liner": ("ModuleNotFoundError", "module 'torch.nn' has no attribute 'Liner'"),
    "torch.tesor": ("AttributeError", "Glassgrad, which stands in for PyTorch here. The nearest names: tensor"),
    "F.rellu": ("AttributeError", "module 'torch.nn.functional' has no attribute 'rellu'"),
    "from torch.optim import SDG": ("ModuleNotFoundError", "The nearest names: SGD"),
    "from torch.fft import ffft": ("ModuleNotFoundError", "module 'torch.fft' has no attribute 'ffft'"),
    "torch.sparse_coo_tensor": ("AttributeError", "it needs sparse tensors, which Glassgrad does not support"),
    "torch.nn.quantized": ("AttributeError", "it needs quantized tensors, which"),
    "torch.float8_e4m3fn": ("AttributeError", "it needs a number format that NumPy does not have"),
    "from torch import core": ("ModuleNotFoundError", "module 'torch' has no attribute 'core'"),
    "torch.teaching": ("AttributeError", "module 'torch' has no attribute 'teaching'"),
    "torch.ones(2, device='cuda')": ("RuntimeError", "device 'cuda' is not supported: Glassgrad is CPU-only"),
    "torch.ones(2).to('meta')": ("RuntimeError", "device 'meta' is not supported"),
    "nn.Linear(1, 1).to('mps')": ("RuntimeError", "device 'mps' is not supported"),
    "torch.ones(1).to_sparse()": ("AttributeError", "'to_sparse': it is not part of Glassgrad, which stands in for"),
    "torch.ones(1).relo": ("AttributeError", "'Tensor' object has no attribute 'relo': it is not part of"),
    "torch.onnx.export(nn.ReLU(), ())": ("RuntimeError", "torch.onnx.export is not supported: no program of PyTorch's"),
    "torch.fx.symbolic_trace(nn.ReLU())": ("RuntimeError", "torch.compile writes one that runs on NumPy"),
    "torch.jit.save(1, 'x')": ("RuntimeError", "torch.save(model.state_dict(), path) keeps the weights"),
}


@pytest.mark.parametrize("statement", ERRORS)
def test_what_is_missing_is_told_with_its_need_and_the_nearest_names(found, statement):
    kind, message = ERRORS[statement]
    assert found["errors"][statement].startswith(f"{kind}: ") and message in found["errors"][statement]


def test_names_that_programs_import_from_deep_below_torch_exist(found):
    assert found["imports"] == dict.fromkeys(found["imports"], "no error")


def test_a_name_that_only_looks_like_another_kind_is_said_to_need_nothing():
    names = ("testing.make_tensor", "quantiles", "addprefix", "nn._Concat", "manipulate", "membership", "chip")
    patterns = ast.literal_eval(next(ast.unparse(node.value) for node in ast.walk(TREE) if is_needs(node)))
    assert [(name, need) for name in names for pattern, need in patterns.items() if re.search(pattern, name)] == []
    needed = ("ao.nn", "fx.node", "_C.Foo", "_C", "nn.modules._fx", "hip", "nested", "distributed.rpc", "sparse.mm")
    assert all(any(re.search(pattern, name) for pattern in patterns) for name in needed)


def test_a_traceback_begins_with_the_program(tmp_path):
    (tmp_path / "wrong.py").write_text("import torch\ntorch.ones(2) @ torch.ones(3)\n", encoding="utf-8")
    ended = run("-m", "autograd.as_torch", "wrong.py", cwd=tmp_path)
    first = f'Traceback (most recent call last):\n  File "{tmp_path}/wrong.py", line 2, in <module>'
    assert ended.returncode == 1 and ended.stderr.startswith(first)


def test_a_zip_file_runs_as_by_python_itself(tmp_path):
    with zipfile.ZipFile(tmp_path / "app", "w") as file:
        file.writestr("beside.py", "import torch\none = torch.ones(1).item()\n")
        file.writestr("__main__.py", "import sys, beside\nprint(__name__, beside.one, sys.argv)\n")
    ended = run("-m", "autograd.as_torch", "app", "-x", cwd=tmp_path)
    assert ended.stderr == "" and ended.stdout == "__main__ 1.0 ['app', '-x']\n"


def test_a_module_a_test_and_a_spawned_process_run_too(tmp_path):
    (tmp_path / "spawns.py").write_text(
        "import torch, torch.multiprocessing as mp\n"
        "def work(i, queue, x): queue.put((i, (x * i).tolist(), torch.__version__))\n"
        "if __name__ == '__main__':\n"
        "    queue = mp.get_context('spawn').SimpleQueue()\n"
        "    mp.spawn(work, (queue, torch.ones(2)), nprocs=1)\n"
        "    print(queue.get())\n",
        encoding="utf-8",
    )
    ended = run("-m", "autograd.as_torch", "-m", "spawns", cwd=tmp_path)
    assert ended.stderr == "" and ended.stdout == "(0, [0.0, 0.0], '2.13.0')\n"
    (tmp_path / "test_it.py").write_text(
        "import torch\ndef test(): assert torch.ones(2).sum() == 2\n", encoding="utf-8"
    )
    ended = run("-m", "pytest", "-q", "-p", "autograd.as_torch", "-p", "no:cacheprovider", "test_it.py", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout


def test_another_torch_that_is_imported_already_is_an_error():
    program = (
        "import sys, types\n"
        "torch = sys.modules['torch'] = types.ModuleType('torch')\n"
        "torch.__file__ = '/site-packages/torch/__init__.py'\n"
        "import autograd.as_torch\n"
    )
    told = "ImportError: autograd.as_torch: this process has already imported PyTorch, from /site-packages/torch/__init"
    assert told in run("-", program=program).stderr


def test_nothing_of_the_alias_is_loaded_without_it():
    program = (
        "import sys, autograd\n"
        "print([name for name in sys.modules if 'as_torch' in name or name == 'torch'], autograd.float32)\n"
    )
    assert run("-", program=program).stdout == "[] autograd.float32\n"
