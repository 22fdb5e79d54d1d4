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
