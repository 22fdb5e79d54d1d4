"""Every way in which a random program is written does what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autograd as torch
from autograd.testing.programs import Program
from autograd.testing.strategies import programs
from tests.tools.random_steps import QUICK, calls_of, training_step
from tests.tools.steps import arrays_of, space_of


@pytest.mark.filterwarnings("ignore")
@settings(phases=QUICK, max_examples=10)
@given(program=programs())
def test_the_slide_and_the_saved_file_do_what_the_program_does(program: Program, tmp_path_factory: Any) -> None:
    step = torch.compile(training_step(program)[0])
    arguments = [make() for make in calls_of(program)]
    try:
        for args in arguments[:3]:
            step(*args)
    except RuntimeError:  # a random program may raise, as eager does
        return
    if step.program is None or re.search("runs eagerly|leaves a call to the step itself", step.explain()):
        return
    slide = step.program.written("slide")
    read = space_of(slide) | {name: t.numpy().copy() for name, t in zip(slide.parameters, arguments[3])}
    exec(slide.source(), read)
    saved = _saved(step, tmp_path_factory.getbasetemp(), arguments[3])
    expected = [x.tobytes() for x in arrays_of(step(*arguments[3]))]
    returned = slide.source().splitlines()[-1].removeprefix("# returned: ").split(", ")
    assert [np.asarray(eval(name, read)).tobytes() for name in returned] == expected
    changed = {name: x for name, x in slide.given.items() if isinstance(x, (np.ndarray, np.generic))}
    assert all(read[name].tobytes() == x.tobytes() for name, x in changed.items())
    assert saved is None or [x.tobytes() for x in saved] == expected


def _saved(step: Any, folder: Path, args: Any) -> Any:
    """What the saved program returns; None if it is not plain NumPy."""
    try:
        path = step.program.save(folder / "random_step.py")
    except ValueError as reason:
        assert "can't be saved as plain NumPy" in str(reason)
        return None
    space = {"__name__": "random_step", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return space["step"](*[t.numpy().copy() for t in args])
