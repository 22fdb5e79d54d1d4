"""Layers: the layered drawing of a graph that the stepper and pictures use."""

from hypothesis import given, strategies as st

import autograd as torch
from autograd.teaching import remember
from autograd.teaching.layers import in_layers


@st.composite
def graphs(draw):
    """For each node some earlier ones."""
    count = draw(st.integers(1, 25))
    return [draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(count)]


@given(graphs())
def test_an_edge_leads_to_a_later_layer_and_passes_the_layers_between_in_its_lane(parents):
    placed = in_layers(parents)
    for child, above in enumerate(parents):
        for parent in above:
            assert placed.layer[parent] < placed.layer[child]
            assert len(placed.lanes[parent]) >= placed.layer[child] - placed.layer[parent] - 1


@given(graphs())
def test_nodes_do_not_overlap_and_lanes_do_not_cross_nodes(parents):
    placed = in_layers(parents)
    nodes = list(zip(placed.layer, placed.slot))
    lanes = [(placed.layer[i] + 1 + k, slot) for i, lane in enumerate(placed.lanes) for k, slot in enumerate(lane)]
    assert min(placed.slot) >= 0
    for i, (layer, slot) in enumerate(nodes):
        assert all(other != layer or abs(place - slot) > 0.97 for other, place in nodes[:i])
        assert all(other != layer or abs(place - slot) > 0.7 for other, place in lanes)


def test_a_lane_with_enough_space_is_straight():
    chain = [[], *([i] for i in range(12))]
    chain[-1] = [11, 0]  # the first is used again at the end
    (lane,) = [lane for lane in in_layers(chain).lanes if lane]
    assert len(lane) == 11 and len(set(lane)) == 1


@given(graphs())
def test_a_node_is_one_layer_before_its_first_child(parents):
    placed = in_layers(parents)
    for node in range(len(parents)):
        children = [placed.layer[child] for child, above in enumerate(parents) if node in above]
        if children:
            assert placed.layer[node] == min(children) - 1


def chain(leaf, other):
    y = leaf
    with remember():
        for _ in range(333):
            y = torch.tanh(y * other) + leaf
    return y
