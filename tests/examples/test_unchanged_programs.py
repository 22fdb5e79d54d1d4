"""The programs in examples/pytorch/unchanged say `import torch`, and print what they print on PyTorch."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "examples" / "pytorch" / "unchanged"

#: What each program prints on PyTorch 2.13.
PRINTED = {
    "spirals": """\
epoch  5: loss 0.3254, learning rate 0.0171
epoch 10: loss 0.1704, learning rate 0.0100
epoch 15: loss 0.1169, learning rate 0.0029
epoch 20: loss 0.1073, learning rate 0.0000
<All keys matched successfully>
accuracy 0.9850, torch.float64, torch.Size([400, 2])
""",
    "pendulum": """\
step 1: loss before 1.0e+02
step 2: loss before 1.9e-03
angle at t = 3: network -0.9, small steps -0.9
""",
    "memory": """\
step 40: loss 0.0238
step 80: loss 0.0088
step 120: loss 0.0046
120 {'GRU': 120} True
""",
}


@pytest.mark.parametrize("name", PRINTED)
def test_an_unchanged_program_prints_the_numbers_of_pytorch(name, tmp_path):
    program = PROGRAMS / f"{name}.py"
    command = [sys.executable, "-W", "error", "-m", "autograd.as_torch", str(program)]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == (PRINTED[name], "", 0)


@pytest.mark.parametrize("name", PRINTED)
def test_pytorch_itself_prints_those_numbers(name, tmp_path):
    pytest.importorskip("torch", reason="needs PyTorch")
    done = subprocess.run(
        [sys.executable, PROGRAMS / f"{name}.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == PRINTED[name]


def test_every_program_in_the_folder_is_run():
    assert {path.stem for path in PROGRAMS.glob("*.py")} == set(PRINTED)
