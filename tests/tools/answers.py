"""What PyTorch, TensorFlow and Keras answer, recorded in `tests/answers`, so that tests compare without them.

python tests/tools/answers.py torch                        record every answer of PyTorch anew; it must be installed
python tests/tools/answers.py tensorflow tests/nn/keras    record the answers of TensorFlow and Keras to these tests

A test takes the fixture `answers` and asks `answers("torch", function, *arguments)`: `function(torch, *arguments)`.
Where PyTorch is installed, the function runs, and what it returns must also agree with what was recorded. Elsewhere the
recorded answer is returned. A test without a recorded answer fails.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import importlib
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TESTS = Path(__file__).parents[1]
FOLDER = TESTS / "answers"
#: By library: the packages whose versions are recorded, and the name of the one to install.
PACKAGES = {"torch": ("torch", "numpy"), "tensorflow": ("tensorflow", "keras", "numpy")}
#: The largest difference between the answer of the installed library and the recorded one, relative to the largest
#: number of an array: other processors sum in another order.
ROUNDING = {"float16": 1e-2, "float32": 1e-3, "complex64": 1e-3}


def installed(library: str) -> bool:
    """Whether a library is installed. A folder of the examples is also named tensorflow, but has no origin."""
    spec = importlib.util.find_spec(library)
    return spec is not None and spec.origin is not None


@functools.cache
def imported(library: str) -> Any:
    """The library, imported without the warnings of its import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(library)


# -- values that every library has -------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A value with arrays for tensors, the names of dtypes and of errors for them, and tuples for shapes."""
    return decoded(encoded(value))


def outcome(library: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function(library, *arguments)` returns, or the name of the class of its error."""
    try:
        return plain(function(library, *arguments))
    except Exception as error:
        return f"raises {type(error).__name__}"


def encoded(value: Any) -> Any:
    """The value in terms of JSON. Tensors become arrays, lists and tuples stay different."""
    if value is None or isinstance(value, (bool, int, str)) or type(value) is float:
        return value
    if isinstance(value, list):
        return [encoded(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encoded(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encoded(key), encoded(item)] for key, item in value.items()]}
    if isinstance(value, slice):
        return {"slice": [encoded(part) for part in (value.start, value.stop, value.step)]}
    if value is ...:
        return {"ellipsis": []}
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, type) and issubclass(value, BaseException):
        return value.__name__
    if type(value).__name__ == "TensorShape":
        return encoded(tuple(value))
    if type(value).__name__ in ("dtype", "DType") or isinstance(value, np.dtype):
        return getattr(value, "name", None) or str(value).rpartition(".")[2]
    return _encoded_array(_array_of(value))


def _array_of(value: Any) -> np.ndarray:
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    if hasattr(value, "detach"):
        return np.asarray(value.numpy(force=True))
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    if type(value).__name__ == "IndexedSlices":
        return _array_of(imported("tensorflow").convert_to_tensor(value))
    raise TypeError(f"an answer has arrays, numbers, texts, lists, tuples and dicts, not {type(value).__name__}")


def _encoded_array(array: np.ndarray) -> dict[str, Any]:
    flat = array.ravel()
    numbers = flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat
    if numbers.dtype in (np.float16, np.float32):
        short = [float(str(x)) for x in numbers]  # the shortest decimal that reads back as the same number
        return {"array": [array.dtype.name, list(array.shape), short]}
    return {"array": [array.dtype.name, list(array.shape), numbers.tolist()]}


def decoded(value: Any) -> Any:
    """The value that `encoded` wrote in terms of JSON."""
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, parts),) = value.items()
    if kind == "array":
        dtype, shape, flat = parts
        made = np.dtype(dtype)
        numbers = np.array(flat, made.type(0).real.dtype if made.kind == "c" else made)
        return numbers.view(made).reshape(shape)
    if kind == "dict":
        return {decoded(key): decoded(item) for key, item in parts}
    parts = [decoded(part) for part in parts]
    if kind == "tuple":
        return tuple(parts)
    if kind == "slice":
        return slice(*parts)
    return complex(*parts) if kind == "complex" else ...


def assert_alike(ours: Any, theirs: Any, rtol: float = 1e-9, atol: float = 0.0, where: str = "") -> None:
    """Check that two values have the same parts, shapes and dtypes, and numbers within the tolerances."""
    ours = plain(ours)
    assert type(ours) is type(theirs), f"{where}: {ours!r}, but {theirs!r} there"
    if isinstance(ours, (list, tuple)):
        assert len(ours) == len(theirs), f"{where}: {len(ours)} parts, but {len(theirs)} there"
        for i, (a, b) in enumerate(zip(ours, theirs)):
            assert_alike(a, b, rtol, atol, f"{where}[{i}]")
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs), where
        for key in ours:
            assert_alike(ours[key], theirs[key], rtol, atol, f"{where}[{key!r}]")
    elif isinstance(ours, np.ndarray):
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), where
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=where)
    elif isinstance(ours, float):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=where)
    else:
        assert ours == theirs, f"{where}: {ours!r}, but {theirs!r} there"


def condensed(value: Any) -> Any:
    """The value with every array of more than 48 numbers replaced by its dtype, its shape and 12 weighted sums of it.

    The weights are random, so that arrays with the same sums are the same, but for a chance of 0.
    """
    value = plain(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(condensed, value))
    if isinstance(value, dict):
        return {key: condensed(part) for key, part in value.items()}
    if isinstance(value, np.ndarray) and value.size > 48:
        return value.dtype, value.shape, _weights(value.size) @ value.ravel().astype(np.result_type(value, np.float64))
    return value


@functools.cache
def _weights(size: int) -> np.ndarray:
    return np.random.default_rng(size).uniform(-1, 1, (12, size))


def filled(library: Any, module: Any, seed: int = 0) -> Any:
    """The module, with the same random numbers for parameters in every library, in double precision."""
    random = np.random.default_rng(seed)
    module.double()
    with library.no_grad():
        for parameter in module.parameters():
            parameter.copy_(library.tensor(random.uniform(-1, 1, tuple(parameter.shape))))
    return module


# -- files -------------------------------------------------------------------------------------------------


def file_of(library: str, test_file: Path) -> Path:
    """Where the answers of a library to the tests of a file are recorded."""
    return FOLDER / library / test_file.relative_to(TESTS).with_suffix(".json.gz")


@functools.cache
def read(file: Path) -> dict[str, Any]:
    """The content of a file of answers: the versions that answered, and the answers by test and number."""
    if not file.exists():
        return {"versions": {}, "answers": {}}
    content: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    return content


def write(file: Path, versions: dict[str, str], found: dict[str, Any]) -> None:
    """Write a file of answers; the same answers give the same bytes."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(found[key])}" for key in sorted(found))
    text = f'{{"versions": {json.dumps(versions)}, "answers": {{\n{lines}\n}}}}\n'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


class Answers:
    """The answers to the questions of one test, in their order."""

    def __init__(self, test_file: Path, test: str, recorder: Recorder | None) -> None:
        self.test_file, self.test, self.recorder = test_file, test, recorder
        self.asked: dict[str, int] = {}

    def __call__(self, library: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """What `function(library, *arguments, **options)` returns, as `plain` makes it."""
        key = self._key(library)
        if not installed(library):
            return decoded(self._recorded(library, key))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = encoded(function(imported(library), *arguments, **options))
        if self.recorder is not None:
            self._record(library, key, found)
            return decoded(found)
        recorded = self._recorded(library, key)
        versions = read(file_of(library, self.test_file))["versions"]
        assert_unchanged(decoded(found), decoded(recorded), f"the answer recorded from {versions} differs")
        return decoded(found)

    def examples(self, library: str, draw: Callable[[], Any]) -> Any:
        """Random examples for a question: what `draw` returned when the first answers were recorded.

        They are drawn anew if the file of the answers is deleted before it is recorded.
        """
        key = self._key(library)
        if self.recorder is None:
            return decoded(self._recorded(library, key))
        known = read(file_of(library, self.test_file))["answers"]
        found = known[key] if key in known else encoded(draw())
        self._record(library, key, found)
        return decoded(found)

    def _key(self, library: str) -> str:
        self.asked[library] = self.asked.get(library, 0) + 1
        return f"{self.test} {self.asked[library]}"

    def _recorded(self, library: str, key: str) -> Any:
        answers = read(file_of(library, self.test_file))["answers"]
        if key not in answers:
            pytest.fail(f"no answer to {key!r} is recorded; where it is installed: tests/tools/answers.py {library}")
        return answers[key]

    def _record(self, library: str, key: str, found: Any) -> None:
        assert self.recorder is not None
        if library == self.recorder.library:
            self.recorder.found.setdefault((library, self.test_file), {})[key] = found


def assert_unchanged(found: Any, recorded: Any, message: str) -> None:
    """Check that an answer is the recorded one but for rounding, which is relative to the largest number."""
    assert type(found) is type(recorded), message
    if isinstance(found, (list, tuple)):
        assert len(found) == len(recorded), message
        for a, b in zip(found, recorded):
            assert_unchanged(a, b, message)
    elif isinstance(found, dict):
        assert list(found) == list(recorded), message
        for key in found:
            assert_unchanged(found[key], recorded[key], message)
    elif isinstance(found, (float, np.ndarray)):
        a, b = np.asarray(found), np.asarray(recorded)
        assert (a.dtype, a.shape) == (b.dtype, b.shape), message
        limit = ROUNDING.get(b.dtype.name, 1e-6) if b.dtype.kind in "fc" else 0.0
        largest = float(np.max(np.abs(b), initial=0, where=np.isfinite(b)))
        np.testing.assert_allclose(a, b, rtol=limit, atol=limit * largest, err_msg=message)
    else:
        assert found == recorded, message


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> Answers:
    """What other libraries answer to the questions of this test: see the head of this file."""
    test = request.node.nodeid.partition("::")[2]
    return Answers(request.node.path, test, request.config.pluginmanager.get_plugin("recorder of answers"))


# -- recording ---------------------------------------------------------------------------------------------


class Recorder:
    """A plugin of pytest that runs the tests with the fixture `answers` only, and writes what they were answered."""

    #: The fixture finds the plugin by this name, because pytest imports this file a second time.
    __name__ = "recorder of answers"

    def __init__(self, library: str) -> None:
        self.library = library
        self.found: dict[tuple[str, Path], dict[str, Any]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the tests that ask nothing."""
        items[:] = [item for item in items if "answers" in getattr(item, "fixturenames", ())]

    def pytest_sessionfinish(self) -> None:
        """Write one file for each file of tests."""
        for (library, test_file), found in self.found.items():
            versions = {package: imported(package).__version__ for package in PACKAGES[library]}
            write(file_of(library, test_file), versions, found)


def recorded_files() -> Iterator[tuple[str, Path]]:
    """Every file of answers, with its library."""
    for file in sorted(FOLDER.rglob("*.json.gz")):
        yield file.relative_to(FOLDER).parts[0], file


def main() -> None:
    """Record the answers of one library."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=PACKAGES)
    parser.add_argument("tests", nargs="*", default=[str(TESTS)], help="files or folders; all tests by default")
    chosen = parser.parse_args()
    if not installed(chosen.library):
        sys.exit(f"{chosen.library} is not installed")
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent)]
    sys.exit(pytest.main([*options, *chosen.tests], plugins=[Recorder(chosen.library)]))


if __name__ == "__main__":
    main()
