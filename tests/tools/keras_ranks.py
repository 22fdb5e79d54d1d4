"""Record what Keras' losses and metrics compute for values and weights in all shapes, in tests/nn/keras/ranks.json.

    python tests/tools/keras_ranks.py --write    # where keras and tensorflow are installed

Left out are the cases in which Keras refuses the values (the answer None), and those of metrics that broadcast (N,)
with (N, 1) to (N, N), unlike the loss of the same name: ours squeeze there too.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from tests.nn.keras.rank_cases import answers, names

FILE = pathlib.Path(__file__).parents[1] / "nn" / "keras" / "ranks.json"
BROADCASTING = ("KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge")


def rounded(value):
    return [rounded(part) for part in value] if isinstance(value, list) else float(f"{value:.6g}")


def recorded(keras):
    table = {}
    for family, name in names():
        found = {label: rounded(value) for label, value in answers(keras, family, name).items() if value is not None}
        if family == "metrics" and name in BROADCASTING:
            found = {k: v for k, v in found.items() if not k.startswith(("(N,) (N, 1)", "(N, 1) (N,)"))}
        table[f"{family}.{name}"] = found
    return table


if __name__ == "__main__":
    import keras

    table = recorded(keras)
    lines = [f'"{name}": {json.dumps(found)}' for name, found in table.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    print(sum(map(len, table.values())), "answers of Keras", keras.__version__)
    if "--write" in sys.argv:
        FILE.write_text(text)
    elif FILE.read_text() != text:
        sys.exit("tests/nn/keras/ranks.json differs: run with --write")
