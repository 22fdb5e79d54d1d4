"""examples/course: what the checks say of wrong answers. Each gets a sentence with expected and yours, or its cause."""

import importlib
import linecache
import math
import textwrap
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd as torch
from tests.examples.lessons import BEYOND, LESSONS, importable, run

#: Lesson, a wrong answer as Python code, and what the sentence must contain.
WRONG = [
    # the function is no function, does not fit, or raises
    ("01_nudge", "answer = 3.0", "expected a function, yours is a number (3)"),
    ("01_nudge", "answer = None", "expected a function, yours is a NoneType (None)"),
    ("01_nudge", "def answer(f): return 1.0", "expected a function of 2 arguments, yours takes (f)"),
    ("01_nudge", "def answer(f, x): return f(y)", "yours raises NameError in line 1, `def answer(f, x): return f(y)`"),
    ("01_nudge", "def answer(f, x): return (f(x + 1) - f(x)) / 0", "yours raises ZeroDivisionError"),
    ("02_chain", "def answer(x): return answer(x)", "yours raises RecursionError"),
    ("02_chain", "def answer(x): return np.cos(3 * x) * np.exp(np.sin(3 * x)).nope", "yours raises AttributeError"),
    ("06_broadcasting", "def answer(g, shape): return g.reshape(shape)", "yours raises ValueError"),
    ("10_classification", "def answer(scores, targets): return softmax(scores)[99]", "yours raises IndexError"),
    ("12_four_bugs", "answer = train_with_bugs", "does not require grad"),
    # no result, or one of another kind
    ("02_chain", "def answer(x): 3 * np.cos(3 * x) * np.exp(np.sin(3 * x))",
     "expected the number 3, yours is None. Does the function end with `return`?"),
    ("04_forward_and_reverse", "def answer(x, dx, y, dy): pass",
     "expected 2 values (the number, the tangent), yours is"),
    ("04_forward_and_reverse", "def answer(x, dx, y, dy): return x / y", "yours is the number 3."),
    ("04_forward_and_reverse", "def answer(x, dx, y, dy): return x, y, dx",
     "2 values (the number, the tangent), yours are 3"),
    ("03_reuse", "def answer(value, g=1.0): return value.grad", "No .grad was set."),
    ("05_order", "def answer(values): pass", "The result's own .grad must be 1 at the start."),
    ("02_chain", "def answer(x): return '3'", "expected the number 3, yours is a text (3)"),
    ("02_chain", "def answer(x): return [3.0]", "yours is a list ([3.0]). Return the number alone."),
    ("02_chain", "def answer(x): return lambda: 3.0", "Was it meant to be called?"),
    ("02_chain", "def answer(x): return x == 0", "yours is a bool (True)"),
    ("02_chain", "def answer(x): return 3 + 0j", "yours is a complex ((3+0j))"),
    ("02_chain", "def answer(x): return np.array([3.0])", "expected shape (), yours (1,)"),
    ("10_classification", "def answer(s, t): return (softmax(s) - np.eye(s.shape[1])[t]).tolist()",
     "yours is a list ([[", "Make it an array with np.array(...)"),
    ("08_memory", "def answer(model, batches): return sum(model(b) for b in batches) / len(batches)",
     "expected a Python number, yours a tensor and hangs on the graphs of all batches"),
    ("13_numerical_trouble", "def answer(scores, target): return float(scores.max() - scores[target])",
     "expected a tensor, yours is the number", "after .item() or NumPy the graph is lost"),
    ("13_numerical_trouble", "def answer(scores, target): return solution(scores.detach(), target)",
     "expected a tensor with a graph, yours has none"),
    ("13_numerical_trouble", "def answer(scores, target): scores.logsumexp(0) - scores[target]", "yours is None"),
    # numbers
    ("01_nudge", "def answer(f, x): return (f(x + 1) - f(x - 1)) / 2", "expected 12, yours 13"),
    ("01_nudge", "def answer(f, x): return (f(x + 1e-5) - f(x - 1e-5)) / 1e-5",
     "expected 12, yours 24. From x - h to x + h"),
    ("01_nudge", "def answer(f, x): return (f(x - 1e-5) - f(x + 1e-5)) / 2e-5",
     "expected 12, yours -12. The sign is wrong."),
    ("01_nudge", "def answer(f, x): return (f(x + 1e-20) - f(x)) / 1e-20", "expected 12, yours 0. Everything is 0."),
    ("01_nudge", "def answer(f, x): return (f(x + 1e-2) - f(x - 1e-2)) / 2e-2", "Only the first digits agree"),
    ("02_chain", "def answer(x): return np.cos(3 * x) * np.exp(np.sin(3 * x))",
     "expected 3, yours 1.", "3·x, is missing"),
    ("02_chain", "def answer(x): return 3 * np.cos(3 * x) * np.exp(np.cos(3 * x))",
     "yours 8.15485. exp must be taken at sin"),
    ("02_chain", "def answer(x): return np.float32(solution(x))",
     "rounded to float32, which keeps 7 digits: use float64"),
    ("02_chain", "def answer(x): return np.log(-1.0)", "expected 3, yours nan. NaN is the result of 0/0"),
    ("02_chain", "def answer(x): return np.inf", "expected 3, yours inf. An infinity"),
    ("02_chain", "def answer(x): return 5 * solution(x)", "Yours is 5 times the right result: a factor is wrong."),
    ("03_reuse", "answer = backward_with_a_bug", "a·b + a·c at (2, 3, 5): expected [8, 2, 2], yours [5, 2, 2]",
     "only the last path is counted"),
    ("04_forward_and_reverse", "def answer(x, dx, y, dy): return x / y, dx / y + x * dy / y**2", "minus sign"),
    ("04_forward_and_reverse", "def answer(x, dx, y, dy): return x / y, dx / y", "The path through y is missing."),
    ("05_order", """
        def answer(values):
            values[-1].grad = 1.0
            for value in values:
                for parent, slope in value.parents:
                    parent.grad += slope * value.grad
        """, "Go from the newest to the oldest."),
    ("05_order", """
        def answer(values):
            values[-1].grad = 1.0
            for value in values[::-1]:
                for parent, slope in value.parents:
                    parent.grad = slope * value.grad
        """, "expected [8, 4, 2, 1], yours [1, 1, 1, 1]. Add to the .grad of a parent"),
    ("06_broadcasting", "def answer(g, shape): return g.sum(0)",
     "from (4, 3) to (4, 1): expected shape (4, 1), yours (3,)"),
    ("06_broadcasting", "def answer(g, shape): return g.sum(axis=tuple(range(g.ndim - len(shape))))",
     "those of size 1 must be"),
    ("06_broadcasting", "def answer(g, shape): return solution(g, shape) * len(shape) / g.size * 3", "expected [",
     "Add, don't average."),
    ("07_matrices", "answer = rules_with_bugs", "the cotangent, of x: expected", "yours", "W is square"),
    ("07_matrices", "def answer(g, x, W, b): return g @ W.T, g.T @ x, g.sum(0)", "of W", "That is its transpose"),
    ("07_matrices", "def answer(g, x, W, b): return g @ W.T, x.T @ g, g", "of b: expected shape (3,), yours (4, 3)"),
    ("07_matrices", "def answer(g, x, W, b): return g @ W.T, x.T @ g, g.mean(0)", "don't average"),
    ("08_memory", "def answer(model, batches): return sum(model(b).item() for b in batches)",
     "Divide by the number of batches"),
    ("09_training", """
        def answer(slope, x, lr, steps):
            for _ in range(steps):
                x = x + lr * slope(x)
            return x
        """, "expected 2.4, yours 3.6. That is uphill"),
    ("09_training", """
        def answer(slope, x, lr, steps):
            for _ in range(steps):
                x = x - lr * slope(x)
                return x
        """, "5 steps", "is the `return` inside the loop?"),
    ("10_classification", "def answer(s, t): return np.eye(s.shape[1])[t] - softmax(s)", "The sign is wrong"),
    ("10_classification", "def answer(s, t): return softmax(s) - np.eye(s.shape[1])[t]",
     "A mean over n divides each by n."),
    ("10_classification", "def answer(s, t): return solution(s, t).T",
     "expected shape (1, 3), yours (3, 1). It looks transposed."),
    ("11_network", "def answer(p, g, v, lr, m): return p - lr * g, m * v + g",
     "the parameter", "The velocity is not used."),
    ("11_network", "def answer(p, g, v, lr, m): return p - lr * (m * v + g), v",
     "the velocity: expected [2.4, -3.8], yours",
     "That is the old velocity: return the new one."),
    ("11_network", "def answer(p, g, v, lr, m): return m * v + g, p - lr * (m * v + g)", "The velocity comes second"),
    ("11_network", "def answer(p, g, v, lr, m): return p - lr * (m * v + g)",
     "expected 2 values", "yours is an array of shape"),
    ("12_four_bugs", """
        def answer(x, y, steps, lr):
            w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
            for _ in range(steps):
                ((torch.exp(w * x) + b - y) ** 2).mean().backward()
                with torch.no_grad():
                    w -= lr * w.grad
                    b -= lr * b.grad
            return w.item(), b.item()
        """, "after 2 steps", "The gradients of former steps are still in .grad"),
    ("12_four_bugs", """
        def answer(x, y, steps, lr):
            w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
            for _ in range(steps):
                prediction = torch.exp(w * x)
                prediction += b
                ((prediction - y) ** 2).mean().backward()
            return w.item(), b.item()
        """, "modified by an inplace operation"),
    ("12_four_bugs", """
        def answer(x, y, steps, lr):
            w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
            for _ in range(steps):
                ((torch.exp(w * x) + b - y) ** 2).mean().backward()
                w = w - lr * w.grad
                b = b - lr * b.grad
            return w.item(), b.item()
        """, "yours raises TypeError", "NoneType"),
    ("13_numerical_trouble", "answer = textbook_loss", "expected 0, yours nan"),
    ("13_numerical_trouble", "def answer(s, t): return (s - s.max()).exp().sum().log() - s[t]", "not accounted for"),
    ("14_convolution", "answer = rule_with_a_bug", "of x: expected", "The kernel lies the wrong way round."),
    ("14_convolution", "def answer(g, x, w): return solution(g, x, w)[::-1]",
     "of x: expected shape (6,), yours (2,). These two"),
    ("15_memory_over_time", "def answer(q, k, v): return torch.softmax(q @ k.T / q.shape[1]**0.5, 1) @ v",
     "It looks ahead"),
    ("15_memory_over_time", "def answer(q, k, v): return solution(q * q.shape[1]**0.5, k, v)", "divided by √d"),
    ("15_memory_over_time", "def answer(q, k, v): return solution(q, k.detach(), v)",
     "Nothing flows back to k: was it detached?"),
    ("16_printed_step", "def answer(x, y, w, lr): return w - lr * (x.T @ (x @ w - y)), ((x @ w - y) ** 2).mean()",
     "step 1, w: expected [", "yours ["),
    ("16_printed_step", "def answer(x, y, w, lr): return solution(x, y, w, lr)[0], ((x @ w - y) ** 2).sum()",
     "not the mean"),
    ("16_printed_step", "def answer(x, y, w, lr): return solution(x, y, w, lr)[::-1]",
     "w: expected shape (3,), yours ()"),
    # beyond the course
    ("hundred_lines", "def answer(): return np.exp", "yours raises"),
    ("hundred_lines", "def answer(): return primitive(np.exp, lambda g, out, x: g * x)", "which is `out`, not x"),
    ("new_primitive", "def answer(g, x): return g * torch.sigmoid(x)", "the path through σ(x) is missing"),
    ("new_primitive", """
        def answer(g, x):
            s = torch.sigmoid(x.detach())
            return g * (s + x.detach() * s * (1 - s))
        """, "the second derivative: expected"),
]  # fmt: skip
#: What a student may return in any exercise, alone or as several values.
ANYTHING = [
    None, ..., True, 0, -1.5, 1j, math.nan, -math.inf, 10**400, "0.5", b"0", [], [1.0, [2.0]], {}, {1.0}, object(), len,
    lambda: 1.0, (x for x in ()), range(3), np.float32(0.5), np.array(None), np.array(["a"]), np.zeros(0),
    np.zeros((2, 3, 4)), np.full(3, np.nan), np.array([1, 2, 3]), np.eye(2) * 1j, np.ma.masked, torch.tensor(0.5),
    torch.zeros(3, 3), torch.zeros(2, requires_grad=True), torch.tensor(1.0, requires_grad=True), torch.tensor(1j),
    torch, Fraction(1, 3), Decimal("0.5"), NotImplemented, Exception("returned"), np.datetime64("2020-01-01"),
]  # fmt: skip


def answer_in(space, code):
    """The answer that some code defines, among the names of a lesson."""
    code, name = textwrap.dedent(code).strip(), "<answer>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    space = dict(space)
    exec(compile(code, name, "exec"), space)
    return space["answer"]


@pytest.fixture
def hand_in(monkeypatch, tmp_path, capsys):
    """A function that gives an answer to the check of a lesson, and returns what is printed."""
    monkeypatch.chdir(tmp_path)

    def hand_in(name, answer, *hints):
        names = run(name).names
        capsys.readouterr()
        names["attempt"](names["check"], answer, *hints)
        return capsys.readouterr().out

    return hand_in


@pytest.mark.parametrize(("name", "code", "words"), [(name, code, words) for name, code, *words in WRONG])
def test_a_wrong_answer_gets_a_sentence(name, code, words, hand_in):
    said = hand_in(name, answer_in(run(name).names, code))
    assert "is not right yet: " in said
    assert ("expected " in said and "yours " in said) or "gradcheck" in said
    assert [word for word in words if word not in said] == [], said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_each_lesson_has_a_wrong_answer_in_the_table():
    assert sorted({row[0] for row in WRONG}) == LESSONS + BEYOND


@pytest.mark.parametrize("name", LESSONS + BEYOND)
def test_a_check_accepts_the_solution_and_rejects_an_answer_that_returns_nothing(name, hand_in):
    assert hand_in(name, run(name).names["solution"]) == "Exercise: solution is right.\n"
    assert "is not right yet: " in hand_in(name, lambda *args: None)


@pytest.mark.parametrize("name", LESSONS + BEYOND)
def test_whatever_an_answer_returns_gets_a_sentence(name, hand_in):
    for value in ANYTHING:
        for returned in (value, (value, value)):
            said = hand_in(name, lambda *args, returned=returned: returned)
            assert "is not right yet: " in said, (returned, said)
            assert said.count("\n") == 1, said


@pytest.mark.parametrize(
    "error", [ValueError(), KeyError("k"), StopIteration(), AssertionError("mine"), Warning("w"), OSError]
)
def test_whatever_an_answer_raises_gets_a_sentence(error, hand_in):
    def answer(x):
        raise error

    said = hand_in("02_chain", answer)
    name = error.__name__ if isinstance(error, type) else type(error).__name__
    assert f"expected a result, yours raises {name} in line " in said
    assert "`raise error`" in said


def test_each_further_try_gets_the_next_hint(hand_in):
    hints = run("02_chain").names["HINTS"]
    said = [hand_in("02_chain", lambda x: None, hints) for _ in range(3)]
    assert [f"Hint {n} of 2: {hints[n - 1]}" in text for n, text in zip((1, 2, 2), said)] == [True] * 3


def test_an_answer_that_writes_into_its_arguments_does_not_spoil_the_check(hand_in):
    def in_place(parameter, gradient, velocity, lr, momentum):
        velocity *= momentum
        velocity += gradient
        parameter -= lr * velocity
        return parameter, velocity

    assert hand_in("11_network", in_place) == "Exercise: in_place is right.\n"


def test_the_place_of_a_wrong_entry_of_a_large_array_is_named():
    with importable():
        checks = importlib.import_module("checks")
    right = np.zeros((5, 4))
    yours = right.copy()
    yours[2, 3] = 0.5
    with pytest.raises(checks.Wrong, match=r"1 of 20 entries are wrong; at \[2, 3\] expected 0, yours 0.5"):
        checks.expect(yours, right)
