"""The pytest plugin: its fixtures, its options, its report of a failure, and no cost where it is not used."""

import subprocess
import sys

import numpy as np  # noqa: F401 - before pytester records the loaded modules, or NumPy would be loaded twice
import pytest

import autograd.testing.strategies  # noqa: F401 - as above

pytest_plugins = ["pytester"]

USES = """
    import autograd

    def wrong(x):
        return x * x.detach()

    def test_right(check_op, gradcheck, gradgradcheck):
        check_op(autograd.sin, (-2, 2))
        x = autograd.ones(3, dtype=autograd.float64, requires_grad=True)
        assert gradcheck(autograd.sin, x)
        assert gradgradcheck(autograd.sin, x)

    def test_wrong(check_op):
        check_op(wrong, (-2, 2))

    def test_infinite():
        assert autograd.log(autograd.zeros(1)).item() == -autograd.inf

    def test_wrong_for_another_reason():
        assert False
"""


def run(pytester, *options):
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_the_fixtures_check_and_a_failure_says_how_to_repeat_it(pytester):
    pytester.makepyfile(test_uses=USES)
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    result = run(pytester, "--gradcheck-examples=3", "--gradcheck-seed=7")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*a constant factor: every entry is 0.5 times*"])
    result.stdout.fnmatch_lines(
        ["*x0 = np.array(1.0)", "*Check only this input: check_op(wrong, lambda draw: (x0,))", "*seed=7, examples=3)"]
    )
    assert not [line for line in result.outlines if "autograd/testing/" in line], "the report shows our own frames"
    repeats = [line for line in result.outlines if line.startswith("repeat with:")]
    assert repeats == ["repeat with: pytest --gradcheck-seed=7 --gradcheck-examples=3 'test_uses.py::test_wrong'"]


def test_the_option_sets_the_number_of_examples(pytester):
    pytester.makepyfile("""
        import autograd
        calls = []

        def sin(x):
            calls.append(1)
            return autograd.sin(x)

        def test_count(check_op):
            check_op(sin, lambda draw: (draw.uniform((2,)),), order=1, dtypes=())
            print("calls:", len(calls))
    """)
    counts = []
    for n in (1, 8):
        result = run(pytester, "-s", f"--gradcheck-examples={n}")
        counts.append(next(int(line.split("calls:")[1].split()[0]) for line in result.outlines if "calls:" in line))
    assert counts[1] > 4 * counts[0]


def test_a_wrong_number_of_examples_is_refused(pytester):
    result = run(pytester, "--gradcheck-examples=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*expects a whole number of 1 or more, but got '0'*"])


def test_a_session_that_uses_no_fixture_does_not_load_hypothesis(pytester):
    pytester.makepyfile("""
        import sys

        def test_nothing():
            assert "autograd.testing.pytest_plugin" in sys.modules
            assert "hypothesis.strategies" not in sys.modules
    """)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
