"""Helpers for the tests of examples/pytorch and examples/tensorflow, whose programs run on two engines."""

import re

NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]\d+)?")
#: Durations differ from run to run, and whether a model is drawn depends on the machine.
VARYING = re.compile(r"[\d.]+ s$|^no picture.*|^the model is drawn.*", re.MULTILINE)


def numbers(text):
    """Every number in the output of a program, without durations."""
    return [float(number.replace(",", "")) for number in NUMBER.findall(VARYING.sub("", text))]


def accuracies(text):
    """The test accuracies in the output of a program, in order."""
    return [float(number) for number in re.findall(r"test accuracy ([\d.]+)", text)]


def assert_one_line_chooses_the_engine(program, import_line):
    """Check that a program mentions `autograd` only in its import line."""
    source = program.read_text(encoding="utf-8")
    assert source.count(import_line) == 1
    assert "autograd" not in source.replace(import_line, "")
