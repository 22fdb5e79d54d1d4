"""Every primitive on the page: both passes give what the engine gives, or the page says what it lacks."""

import numpy as np
import pytest

import nn  # noqa: F401 - registers its primitives
from autograd.compiler.symbols import bare
from autograd.core.tensor import wrap
from autograd.teaching.page_program import NotForPages, PageProgram
from autograd.teaching.passes import passes_of_function
from autograd.testing import Draw, domains
from tests.tools.page import node

pytestmark = pytest.mark.skipif(node.NODE is None, reason="node is not installed")

#: The primitives of which a page says that it cannot compute them: it has no decompositions, does not look at bits, and
#: of the special functions has only the error function.
NOT_ON_PAGES = {
    "cholesky", "diagonal_scatter", "digamma", "eig", "eigh", "erfcx", "erfinv", "igamma", "igammac", "log_det",
    "log_ndtr", "lu_factor", "matrix_exp", "ndtri", "nextafter", "pinv", "polygamma", "qr", "svd", "view_as_complex",
    "view_as_real", "windows_back", "zeta",
}  # fmt: skip

SCRIPT = """
    const text = (x) => (Number.isFinite(x) ? x : String(x));
    return data.map(([program, leaves, places]) => {
      const machine = new Program(program);
      if (machine.missing()) return machine.missing();
      const state = machine.state();
      leaves.forEach(([place, re, im]) => {
        const array = state[place].copy();
        array.data.set(re.map(Number));
        if (array.im) array.im.set(im.map(Number));
        state[place].write(state[place].places(), array);
      });
      try {
        const values = machine.run(state);
        return places.map((place) => values[place].whole()).map((out) => [...out.data, ...(out.im || [])].map(text));
      } catch (error) { return error instanceof OtherBranch ? "branch" : `${error}`; }
    });
"""


def flat(value):
    array = np.asarray(bare(value)).ravel()
    return np.concatenate([array.real, array.imag]) if array.dtype.kind == "c" else array.astype(float)


def both_passes(call, arrays):
    """Both passes of a call, with random first cotangents, and what is compared: the values and all cotangents."""
    leaves = [wrap(np.asarray(x, "c16" if np.iscomplexobj(x) else "f8")[()]).requires_grad_() for x in arrays]

    def f():
        out = call(*leaves)
        out = out[0] if isinstance(out, tuple) else out
        weighted = out * wrap(np.random.default_rng(1).uniform(0.5, 2, out.shape))
        return (weighted.abs() if out.dtype.is_complex else weighted).sum()

    passes = passes_of_function(f, (), {f"x{i}": x for i, x in enumerate(leaves)}, None)
    return passes, [e.value for e in passes.graph] + [s.cotangent for s in passes.backward]


def moved(x, rng):
    """Numbers a little beside others, on the same side of every kink."""
    return np.asarray(x) * (1 + 1e-4 * rng.uniform(-1, 1, np.shape(x)))


def test_every_primitive():
    jobs, wanted, unable = [], [], {}
    for name in sorted(domains):
        sample = domains[name].sample(Draw(0))
        rng = np.random.default_rng(0)
        others = [moved(x, rng) for x in sample.inputs]
        try:
            passes, values = both_passes(sample.call, sample.inputs)
            assert not passes.obstacle, passes.obstacle
            program = PageProgram.of(passes)
        except NotForPages as reason:
            unable[name] = str(reason)
            continue
        places = [program.place(v) for v in values]
        right = both_passes(sample.call, others)[1]
        leaves = [e.value for e in passes.graph if e.kind == "leaf"]
        changed = [[program.place(v), *parts(flat(x), v)] for v, x in zip(leaves, others)]
        known = [k for k, place in enumerate(places) if place is not None]
        jobs.append([program.json, changed, [places[k] for k in known]])
        wanted.append((name, [flat(right[k]) for k in known]))
    for (name, right), found in zip(wanted, node.run(SCRIPT, jobs), strict=True):
        if isinstance(found, str):
            unable[name] = found
            continue
        for a, b in zip(found, right, strict=True):
            scale = max(np.abs(b[np.isfinite(b)]).max(initial=0), 1e-3)
            np.testing.assert_allclose(np.array(a, float), b, rtol=0, atol=1e-9 * scale, err_msg=name)
    assert set(unable) == NOT_ON_PAGES, unable


def parts(numbers, v):
    half = len(numbers) // 2
    return [numbers[:half].tolist(), numbers[half:].tolist()] if v.dtype.kind == "c" else [numbers.tolist(), []]
