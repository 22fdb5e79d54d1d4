# %% [markdown]
# # 2. A graph and its topological order
#
# Every operation leaves a *node* that refers to its parents: the nodes of its inputs. Together the nodes form a
# graph without cycles. The forward pass computes parents before children. The backward pass must visit children
# before parents: the cotangent of a value is complete only when every operation that used the value has sent its
# contribution. Such an order is called *topological*.

# %%
from random import Random

from course import attempt, show

import autograd as torch
from autograd.teaching import draw, remember, steps, walk

# %%
with remember():
    x = torch.tensor(2.0, requires_grad=True)
    square = x * x
    cube = square * x
    y = cube - square
names = {"x": x, "square": square, "cube": cube, "y": y}
show(draw(y, names=names), "order.svg")

# %% [markdown]
# The graph as data: parents have smaller numbers. A node is always created after its parents, so the engine only
# has to record when each node was created: the backward pass visits the newest node first.

# %%
graph = walk(y, names=names)
for entry in graph:
    print(f"{entry.number}  {entry.label:7} {entry.primitive or entry.kind:9} inputs {entry.parents}")
visits = [graph.entries[step.entry].label for step in steps(graph)]
print("backward:", " -> ".join(visits))
assert visits == ["y", "cube", "square", "x"]

# %% [markdown]
# `x` and `square` are each used twice, but visited only once: after all operations that used them.
#
# ## Exercise
#
# An engine that does not record creation times can find the order from the parents alone. Write this function:
# given the list of parents of each node, return `output` and all its ancestors, children before parents.
# Do not use recursion: a graph may be a million nodes deep.


# %%
def backward_order(parents, output):
    """`parents` is a dict from a node to the list of its parents; the result begins with `output`."""
    raise NotImplementedError


def check(backward_order):
    random = Random(0)
    for count in range(1, 40):
        parents = {i: random.sample(range(i), min(i, random.randrange(4))) for i in range(count)}
        order = backward_order(parents, count - 1)
        place = {node: at for at, node in enumerate(order)}
        assert len(place) == len(order), "a node occurs twice"
        assert order[0] == count - 1, "the output comes first"
        for node in order:
            for parent in parents[node]:
                assert parent in place, f"{parent} is missing, which is a parent of {node}"
                assert place[node] < place[parent], f"{parent} comes before its child {node}"
        used = {count - 1}.union(*(parents[node] for node in order))
        assert set(order) == used, "there are nodes that are not ancestors of the output"
    deep = {i: [i - 1] if i else [] for i in range(100_000)}
    assert backward_order(deep, 99_999) == list(range(99_999, -1, -1)), "the order of a chain is the chain"


attempt(check, backward_order)

# %% [markdown]
# ## A solution
#
# Count for each node how many of its children were not visited yet; a node whose count is zero can be next.


# %%
def solution(parents, output):
    waiting, stack, seen = {}, [output], {output}
    while stack:
        for parent in parents[stack.pop()]:
            waiting[parent] = waiting.get(parent, 0) + 1
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order, ready = [], [output]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in parents[node]:
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return order


check(solution)
