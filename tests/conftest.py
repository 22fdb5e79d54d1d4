"""Hypothesis profiles: the same examples in every run of CI, and many random ones on request.

`HYPOTHESIS_PROFILE=large pytest tests` draws a hundred times as many examples. `random` draws as many as usual, but
different ones in every run. `mutants` draws the usual ones without shrinking them, because only the fact that a test
fails matters there.
"""

import gc
import os
from collections.abc import Iterator

import pytest
from _pytest.doctest import DoctestItem
from hypothesis import HealthCheck, Phase, settings

from tests.tools.answers import answers

# Programs run as NumPy, whose results are the same in every run; the tests of kernels switch them on.
os.environ["GLASSGRAD_KERNELS"] = "0"

# How long an example takes depends on the machine, so no test may fail because of it.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.register_profile("ci", patient, derandomize=True, max_examples=40, database=None)
settings.register_profile("random", patient, max_examples=40)
settings.register_profile("large", patient, max_examples=4000)
settings.register_profile("mutants", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

#: Programs, not tests: they set the profile of the process that imports them, and one needs Cosmic Ray.
collect_ignore = ["tools/code_mutants.py", "tools/errors.py", "tools/mutants.py"]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what exists before the first test out of the searches of the garbage collector.

    That is half a million objects, most of them pytest's. Each step that is compiled, and `leaks`, look through all
    objects for what refers to a tensor, which took most of their tests' time.
    """
    gc.collect()
    gc.freeze()
    for item in session.items:
        if isinstance(item, DoctestItem):
            item.dtest.globs = dict(item.dtest.globs)  # made now, so that the variables of its examples are found


@pytest.fixture
def with_module_variables(request: pytest.FixtureRequest) -> Iterator[None]:
    """What exists before the first test is searched too: variables of modules, and what the engine keeps."""
    gc.unfreeze()
    yield
    pytest_collection_finish(request.session)
