"""Model.summary."""

from nn import keras
from nn.keras import layers


def test_a_summary_has_the_given_line_length_and_shows_nested_layers():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="inner")
    model = keras.Sequential([keras.Input((3,)), inner, layers.Dense(1)], name="outer")
    texts = []
    model.summary(line_length=60, print_fn=texts.append, expand_nested=True)
    (text,) = texts
    assert {len(line) for line in text.splitlines() if line[0] in "┏┃┡│├└"} == {60}
    assert "└ dense (Dense)" in text
    assert " Total params: 11 (44.00 B)" in text


def test_a_summary_of_a_branched_model_lists_the_connections():
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Add()([layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(x)]))
    assert model.rows_of_summary()[1:] == [
        ["a (Dense)", "(None, 2)", "8", "x[0][0]"],
        ["b (Dense)", "(None, 2)", "8", "x[0][0]"],
        ["add (Add)", "(None, 2)", "0", "a[0][0], b[0][0]"],
    ]
