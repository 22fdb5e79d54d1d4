"""The recorded answers of other libraries: what is written is read back, and what is missing or stale fails."""

import types

import numpy as np
import pytest

import autograd
from tests.tools import answers as tool
from tests.tools.answers import Answers, Recorder, assert_alike, condensed, outcome, plain

VALUES = [
    None,
    [True, 3, -0.5, "text", []],
    ((1, (2,)), {"a": [1.0], 3: None, (1, 2): "b"}),
    [slice(1, None), ..., 1 + 2j, float("inf")],
    *[np.arange(6).reshape(2, 3).astype(dtype) for dtype in ("int8", "uint8", "int64", "bool", "complex64")],
    *[np.array([0.1, -1e-30, np.pi, np.inf], dtype) for dtype in ("float32", "float64", "complex128")],
    np.array(1.5, np.float16),
    np.zeros((0, 2), np.float32),
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_read_back_as_it_was_written(value, tmp_path):
    tool.write(tmp_path / "a.json.gz", {}, {"test 1": tool.encoded(value)})
    found = tool.decoded(tool.read(tmp_path / "a.json.gz")["answers"]["test 1"])
    np.testing.assert_equal(found, value)
    assert type(found) is type(value) and getattr(found, "dtype", None) == getattr(value, "dtype", None)


def test_tensors_become_arrays_and_dtypes_shapes_and_errors_names():
    x = autograd.ones(2, requires_grad=True)
    found = plain([x, x.shape, x.dtype, x.numpy(force=True).dtype, ValueError])
    np.testing.assert_equal(found, [np.ones(2, np.float32), (2,), "float32", "float32", "ValueError"])
    with pytest.raises(TypeError, match="arrays, numbers, texts, lists, tuples and dicts, not object"):
        plain(object())
    assert outcome(autograd, lambda library: library.ones(2).sum()).item() == 2
    assert outcome(autograd, lambda library: library.ones(2).item()) == "raises RuntimeError"


def test_the_same_answers_give_the_same_bytes(tmp_path):
    for name, order in (("a", ("one", "two")), ("b", ("two", "one"))):
        tool.write(tmp_path / name, {}, {key: tool.encoded(np.ones(3)) for key in order})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("changed", [1.5, 1, [1.0, 2.0], {"a": 1.0}, "1.0", None, np.float32(1)])
def test_other_values_are_not_alike(changed):
    with pytest.raises(AssertionError):
        assert_alike(changed, 1.0)
    with pytest.raises(AssertionError):
        assert_alike({"a": [changed]}, {"a": [1.0]})


def test_arrays_of_other_dtypes_shapes_and_values_are_not_alike():
    for other in (np.ones(3, np.float32), np.ones((3, 1)), np.ones(3) + 1e-6, [1.0, 1.0, 1.0]):
        with pytest.raises(AssertionError):
            assert_alike(other, np.ones(3))
    assert_alike(autograd.ones(3).double() + 1e-12, np.ones(3))


def test_a_condensed_array_differs_where_one_number_differs():
    x = np.random.default_rng(0).normal(size=(8, 9))
    for place in ((0, 0), (7, 8), (3, 4)):
        y = x.copy()
        y[place] += 1e-3
        with pytest.raises(AssertionError):
            assert_alike(condensed([y]), condensed([x]))
    assert condensed(x)[:2] == ("float64", (8, 9)) and condensed(x)[2].shape == (12,)
    np.testing.assert_equal(condensed({"a": (x[0],)}), {"a": (x[0],)})


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Makes the answers to one test, for a library that is installed or not, and whose files are in a new folder."""

    def make(installed=False, recorder=None, **names):
        monkeypatch.setattr(tool, "FOLDER", tmp_path)
        monkeypatch.setattr(tool, "installed", lambda library: installed)
        monkeypatch.setattr(tool, "imported", lambda library: types.SimpleNamespace(__version__="1", **names))
        tool.read.cache_clear()
        return Answers(tool.TESTS / "a" / "test_b.py", "test_c", recorder)

    yield make
    tool.read.cache_clear()


def test_answers_are_recorded_where_the_library_is_installed_and_read_elsewhere(asked):
    recorder = Recorder("torch")
    answers = asked(True, recorder, value=3.0)
    assert answers("torch", lambda library: library.value) == 3
    assert answers.examples("torch", lambda: [1, 2]) == [1, 2]
    recorder.pytest_sessionfinish()
    answers = asked()
    assert answers("torch", lambda library: library.value) == 3
    assert answers.examples("torch", lambda: [7]) == [1, 2]
    for again in None, recorder:
        answers = asked(True, again, value=3.0)
        assert answers("torch", lambda library: library.value) == 3
        assert answers.examples("torch", lambda: [7]) == [1, 2]


def test_a_question_without_a_recorded_answer_fails(asked):
    for answers in asked(), asked(True, value=1):
        with pytest.raises(pytest.fail.Exception, match=r"no answer to 'test_c 1' is recorded.*answers.py torch"):
            answers("torch", lambda library: library.value)


@pytest.mark.parametrize("now", [3.01, 3, None, [3.0], np.array(3.0)])
def test_an_installed_library_that_answers_otherwise_fails(asked, now):
    recorder = Recorder("torch")
    asked(True, recorder, value=3.0)("torch", lambda library: library.value)
    recorder.pytest_sessionfinish()
    with pytest.raises(AssertionError, match="recorded from"):
        asked(True, value=now)("torch", lambda library: library.value)


FILES = list(tool.recorded_files())


def test_every_file_of_answers_belongs_to_a_test_file_and_is_small():
    assert len(FILES) > 30
    for library, file in FILES:
        test_file = tool.TESTS / file.relative_to(tool.FOLDER / library).with_suffix("").with_suffix(".py")
        assert test_file.exists(), f"{file} is left over: delete it"
        assert file.stat().st_size < 300_000, file
        assert set(tool.read(file)["versions"]) == set(tool.PACKAGES[library])
    assert sum(file.stat().st_size for _, file in FILES) < 3_000_000
