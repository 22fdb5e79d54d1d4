"""walk: the graph as plain data: its entries, their values and their names."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf
import nn
from autograd import float64, tensor
from autograd.teaching import remember, steps, walk
from autograd.teaching.walk import replay_missing


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def gradients(graph, gradient=None):
    """What the steps say of the leaves, by number."""
    return {s.entry: s.cotangent for s in steps(graph, gradient) if graph.entries[s.entry].primitive is None}


def test_names_come_from_tensors_lists_and_modules():
    layer = nn.Linear(2, 1)
    x, weights = leaf([[1.0, 2.0]]).float(), [leaf([1.0]).float()]
    y = layer(x) * weights[0]
    graph = walk(y.sum(), {"layer": layer, "weights": weights, "x": x, "other": 3})
    assert {e.name for e in graph if e.name} == {"layer.weight", "layer.bias", "weights[0]", "x"}
    assert [e.kind for e in graph if e.name and e.name.startswith("layer")] == ["parameter", "parameter"]
    assert {e.name for e in walk(layer(x).sum(), layer) if e.name} == {"weight", "bias"}


def test_tensorflow_variables_keep_their_names_inside_and_after_the_tape():
    x, speed = tf.constant(2.0), tf.Variable(3.0, name="velocity")
    with tf.GradientTape(persistent=True) as tape:
        y = speed * speed + x
        inside = walk(y, {"speed": speed})
    after = walk(y, {"speed": speed})
    for graph in (inside, after):
        assert [(e.kind, e.name) for e in graph if e.name] == [("parameter", "velocity")]
    assert gradients(after)[0] == 6
    assert tape.gradient(y, speed).numpy() == 6


def test_the_weights_of_a_keras_model_are_named_by_their_paths():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, name="out")])
    with tf.GradientTape() as tape:
        y = model(np.ones((3, 2), np.float32))
    assert {e.name for e in walk(y, {"model": model}) if e.kind == "parameter"} == {"out/kernel", "out/bias"}
    assert tape is not None


def test_a_value_overwritten_in_place_is_not_shown():
    x, y = leaf(2.0), leaf(3.0)
    z = x + y
    w = z * 1
    with autograd.no_grad():
        x += 5
    entries = walk(w, {"x": x, "y": y}).entries
    assert [e.origin for e in entries if e.name == "x"] == ["overwritten"]
    assert [e.value for e in entries if e.name == "y"] == [3]


@pytest.mark.parametrize("watched", [True, False])
def test_values_before_in_place_writes_are_shown_as_they_were(watched):
    a = leaf(np.arange(12.0).reshape(3, 4))
    with remember() if watched else contextlib.nullcontext():
        c = a * 2
        c[0] = a[1] * 3
        v = c.view(12)
        v[2:4].mul_(5)
        c.add_(a)
        out = (c * c).sum()
    graph = walk(out, {"a": a, "c": c})
    for _ in steps(graph):  # the cotangents give the shapes that the views need
        pass
    replay_missing(graph)
    value = {entry.primitive: entry.value for entry in graph if entry.primitive not in ("mul", "index")}
    twice = np.arange(12.0).reshape(3, 4) * 2
    after_key = np.array([[12.0, 15, 18, 21], *twice[1:]])
    after_slice = np.array([[12.0, 15, 90, 105], *twice[1:]])
    assert np.array_equal(value["setitem"], after_key)
    assert np.array_equal(value["view"], after_key.ravel())
    assert np.array_equal(value["copy_slices"], after_slice)
    assert np.array_equal(value["add"], after_slice + twice / 2)


def test_a_constant_has_the_name_of_its_tensor():
    x, weights, model = tensor([1.0, 2.0]), tensor([3.0, 4.0]), nn.Linear(2, 1)
    model.weight.requires_grad_(False)
    with remember():
        y = (model(x * leaf(2.0) + [weights][0])).sum()
    named = {e.name for e in walk(y, {"x": x, "also_x": x, "held": [weights], "model": model}) if e.kind == "constant"}
    assert named == {"x", "held[0]", "model.weight"}


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: 3.0, TypeError, "expected a Tensor, but got float"),
        (lambda: tensor(1.0), RuntimeError, "has no graph"),
        (lambda: _freed(), RuntimeError, r"freed by a backward pass .*retain_graph=True"),
    ],
)
def test_a_tensor_without_a_graph_raises(make, kind, words):
    with pytest.raises(kind, match=words):
        walk(make())


def _freed():
    y = leaf(1.0).exp()
    y.backward()
    return y


def test_names_must_be_a_mapping_or_a_module():
    with pytest.raises(TypeError, match="names must be a mapping from names to tensors, or a module, but got list"):
        walk(leaf(1.0) * 2, ["x"])
