"""TensorFlow itself, for the tests that compare with it."""

import importlib
import importlib.util
import os

import pytest


@pytest.fixture(scope="session")
def tensorflow():
    """TensorFlow; a test that uses it is skipped where it is not installed."""
    # A folder of examples has the same name, but no __init__.py and therefore no origin.
    if getattr(importlib.util.find_spec("tensorflow"), "origin", None) is None:
        pytest.skip("TensorFlow is not installed")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return importlib.import_module("tensorflow")
