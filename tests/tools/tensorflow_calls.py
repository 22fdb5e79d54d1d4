"""Record what TensorFlow's functions return, and their gradients, in tests/autograd/tensorflow/calls.json.

python tests/tools/tensorflow_calls.py --write    # where tensorflow is installed
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from tests.autograd.tensorflow.call_cases import CASES, differentiable, gradient_of, value_of

FILE = pathlib.Path(__file__).parents[1] / "autograd" / "tensorflow" / "calls.json"


def rounded(value):
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def recorded(tensorflow):
    table = {}
    for name in CASES:
        gradients = {}
        for key in differentiable(name):
            try:
                gradients[str(key)] = rounded(gradient_of(tensorflow, name, key))
            except (
                LookupError,
                TypeError,
                ValueError,
            ) as error:  # TensorFlow refuses a tensor there, or has no gradient
                print(name, key, "left out:", str(error)[:80])
        value = value_of(tensorflow, name)
        table[name] = {**value, "results": rounded(value["results"]), "gradients": gradients}
    return table


if __name__ == "__main__":
    import tensorflow

    table = recorded(tensorflow)
    text = "{\n" + ",\n".join(f'"{name}": {json.dumps(found)}' for name, found in table.items()) + "\n}\n"
    print(len(table), "answers of TensorFlow", tensorflow.__version__)
    if "--write" in sys.argv:
        FILE.write_text(text)
    elif FILE.read_text() != text:
        sys.exit("tests/autograd/tensorflow/calls.json differs: run with --write")
