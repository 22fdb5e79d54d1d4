"""Errors in a model: a note says which module raised them, and pytest and IPython show the user's lines alone."""

from __future__ import annotations

import contextlib
import gc
import inspect
import subprocess
import sys
import warnings
import weakref
from pathlib import Path

import pytest

import autograd
from autograd import nn, ones
from autograd.base.call_site import PROJECT


class Net(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.encoder = nn.Sequential(*layers)

    def forward(self, x):
        return self.encoder(x)


class Mine(nn.Module):
    def forward(self, x):
        raise ValueError("mine")


def caught(call):
    with pytest.raises(Exception) as info:
        call()
    return info.value


@pytest.mark.parametrize(
    ("call", "kind", "note"),
    [
        (
            lambda: Net(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9, 2))(ones(5, 4)), RuntimeError,
            "in encoder.2: Linear(in_features=9, out_features=2, bias=True) of Net",
        ),
        (lambda: nn.Linear(3, 2)(ones(1, 4)), RuntimeError, "in Linear(in_features=3, out_features=2, bias=True)"),
        (
            lambda: Net(Net(nn.Conv2d(3, 4, 2)))(ones(1, 2, 5, 5)), RuntimeError,
            "in encoder.0.encoder.0: Conv2d(3, 4, kernel_size=(2, 2), stride=(1, 1)) of Net",
        ),
        (lambda: Net(nn.Embedding(3, 2))(autograd.tensor([7])), IndexError, "in encoder.0: Embedding(3, 2) of Net"),
        (lambda: Net(nn.ReLU())("text"), TypeError, "in encoder.0: ReLU() of Net"),
        (lambda: nn.CrossEntropyLoss()(ones(2, 3), autograd.tensor([0])), ValueError, "in CrossEntropyLoss()"),
        (lambda: nn.MultiheadAttention(4, 2)(*[ones(2, 1, 3)] * 3), AssertionError, "in MultiheadAttention"),
    ],
)  # fmt: skip
def test_an_error_in_a_model_names_the_module_by_its_path(call, kind, note):
    error = caught(call)
    assert isinstance(error, kind) and error.__notes__ == [note]


def test_a_model_with_hooks_names_the_module_too():
    net = Net(nn.Linear(3, 2))
    net.encoder[0].register_forward_hook(lambda *call: None)
    assert caught(lambda: net(ones(1, 4))).__notes__ == [
        "in encoder.0: Linear(in_features=3, out_features=2, bias=True) of Net"
    ]


def test_an_error_of_the_users_own_code_has_no_note():
    error = caught(lambda: Net(Mine())(ones(1)))
    assert str(error) == "mine" and not hasattr(error, "__notes__")


PROGRAMS = {
    "a model": (
        "from autograd import nn, ones\nmodel = nn.Sequential(nn.Linear(4, 3), nn.Linear(2, 1))\n"
        "def test():\n    model(ones(1, 4))  # here\n"
    ),
    "a function": "import autograd\ndef test():\n    autograd.matmul(autograd.ones(2), autograd.ones(3))  # here\n",
    "an operator": "import autograd\ndef test():\n    autograd.ones(2) + autograd.ones(3)  # here\n",
    "a method": "import autograd\ndef test():\n    autograd.ones(2).reshape(3)  # here\n",
    "an optimizer": "import autograd\ndef test():\n    autograd.optim.SGD([autograd.ones(2)], lr='a')  # here\n",
    "NumPy inside": "import autograd\ndef test():\n    autograd.linalg.inv(autograd.ones(2, 2, 3))  # here\n",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_all_frames_of_the_project_are_hidden(program):
    variables = {}
    exec(compile(program, "<program>", "exec"), variables)
    assert [file for file in files_shown(caught(variables["test"])) if file != __file__] == ["<program>"]


def files_shown(error):
    """The files of the frames in an error's traceback that are not hidden."""
    files, traceback = [], error.__traceback__
    while traceback is not None:
        frame, traceback = traceback.tb_frame, traceback.tb_next
        if not frame.f_locals.get("__tracebackhide__"):
            files.append(frame.f_code.co_filename)
    return files


@pytest.mark.parametrize("args", [("text",), (ones(2, 3), ones(4, 5, 6)), (ones(2, 2), 7)], ids=["text", "shapes", "7"])
def test_no_function_shows_a_frame_of_the_project(args):
    failed, shown = 0, []
    for room in (autograd, nn.functional, autograd.linalg):
        for name in room.__all__:
            function = getattr(room, name)
            if inspect.isfunction(function) and not name.startswith(("save", "load", "set_", "use_", "manual", "seed")):
                with warnings.catch_warnings(action="ignore"):
                    try:
                        function(*args)
                    except Exception as error:
                        if any(file.startswith(PROJECT) for file in files_shown(error)):
                            shown.append(name)
                        failed += 1
    assert failed > 200 and set(shown) <= {"compile"}  # which checks its own arguments at once


def test_pytest_shows_the_users_line_and_the_note(tmp_path):
    (tmp_path / "test_it.py").write_text(PROGRAMS["a model"])
    root = str(Path(autograd.__file__).parents[1])
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, env={"PYTHONPATH": root, "PATH": ""}, check=False,
    )  # fmt: skip
    assert "# here" in ran.stdout and "in 1: Linear(in_features=2, out_features=1, bias=True) of Seq" in ran.stdout
    assert "autograd/" not in ran.stdout.replace(root, "") and "nn/module.py" not in ran.stdout


def test_an_error_keeps_nothing_alive():
    gc.disable()
    try:
        for make, x in ((lambda: Net(nn.Linear(4, 3)), ones(1, 5)), (lambda: nn.Linear(4, 3), "text")):
            model = make()
            gone = weakref.ref(model)
            with contextlib.suppress(RuntimeError, TypeError):
                model(x)
            del model
            assert gone() is None
    finally:
        gc.enable()
