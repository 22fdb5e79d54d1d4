"""Model.summary."""

import pytest

from nn import keras
from nn.keras import layers
from nn.keras.summary import _bytes, _wrapped


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


def summary(model, **options):
    texts = []
    model.summary(print_fn=texts.append, **options)
    return "\n".join(texts)


def branched():
    x = keras.Input((3,), name="image")
    first = layers.Dense(200, name="a_long_name_of_a_layer_that_is_cut_somewhere")(x)
    both = layers.Add()([first, layers.Dense(200, name="b")(x)])
    return keras.Model(x, layers.Dense(4000, name="big")(both), name="branched")


BRANCHED = """\
Model: "branched"
┏━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)          ┃ Output Shape      ┃     Param # ┃ Connected to       ┃
┡━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━┩
│ image (InputLayer)    │ (None, 3)         │           0 │ -                  │
├───────────────────────┼───────────────────┼─────────────┼────────────────────┤
│ a_long_name_of_a_lay… │ (None, 200)       │         800 │ image[0][0]        │
│ (Dense)               │                   │             │                    │
├───────────────────────┼───────────────────┼─────────────┼────────────────────┤
│ b (Dense)             │ (None, 200)       │         800 │ image[0][0]        │
├───────────────────────┼───────────────────┼─────────────┼────────────────────┤
│ add (Add)             │ (None, 200)       │           0 │ a_long_name_of_a_… │
│                       │                   │             │ b[0][0]            │
├───────────────────────┼───────────────────┼─────────────┼────────────────────┤
│ big (Dense)           │ (None, 4000)      │     804,000 │ add[0][0]          │
└───────────────────────┴───────────────────┴─────────────┴────────────────────┘
 Total params: 805,600 (3.07 MB)
 Trainable params: 805,600 (3.07 MB)
 Non-trainable params: 0 (0.00 B)"""


def test_a_long_summary_word_for_word(monkeypatch):
    monkeypatch.setenv("COLUMNS", "84")
    model = branched()
    assert summary(model) == summary(model, line_length=80) == BRANCHED
    monkeypatch.setenv("COLUMNS", "1000")
    assert summary(model) == summary(model, line_length=108)
    model.compile("adam")
    model.optimizer.build(model.trainable_variables)
    assert summary(model, line_length=80).splitlines()[-4:] == [
        " Total params: 2,416,802 (9.22 MB)",
        " Trainable params: 805,600 (3.07 MB)",
        " Non-trainable params: 0 (0.00 B)",
        " Optimizer params: 1,611,202 (6.15 MB)",
    ]


NESTED = """\
Model: "outer"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ inner (Sequential)       │ (None, 1)         │        11 │
├──────────────────────────┼───────────────────┼───────────┤
│    └ dense (Dense)       │ (None, 2)         │         8 │
├──────────────────────────┼───────────────────┼───────────┤
│    └ sequential          │ (None, 1)         │         3 │
│ (Sequential)             │                   │           │
├──────────────────────────┼───────────────────┼───────────┤
│       └ dense_1 (Dense)  │ (None, 1)         │         3 │
├──────────────────────────┼───────────────────┼───────────┤
│ batch_normalization      │ (None, 1)         │         4 │
│ (BatchNormalization)     │                   │           │
├──────────────────────────┼───────────────────┼───────────┤
│ dropout (Dropout)        │ (None, 1)         │         0 │
└──────────────────────────┴───────────────────┴───────────┘
 Total params: 15 (60.00 B)
 Trainable params: 13 (52.00 B)
 Non-trainable params: 2 (8.00 B)"""


def test_a_nested_summary_word_for_word():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2), keras.Sequential([layers.Dense(1)])], name="inner")
    model = keras.Sequential([keras.Input((3,)), inner, layers.BatchNormalization(), layers.Dropout(0.5)], name="outer")
    assert summary(model, line_length=60, expand_nested=True) == NESTED


UNBUILT = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ dense (Dense)                        │ ?                           │     0 (unbuilt) │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten (Flatten)                    │ ?                           │               0 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)"""


def test_the_summary_of_a_model_without_shapes(monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    model = keras.Sequential([layers.Dense(2), layers.Flatten()])
    assert summary(model) == UNBUILT
    assert {len(line) for line in summary(keras.Sequential([])).splitlines()[1:5]} == {88}


@pytest.mark.parametrize(
    "count, text",
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (3 * 2**20, "3.00 MB"), (1.5 * 2**30, "1.50 GB"),
     (2**40, "1.00 TB")],
)  # fmt: skip
def test_sizes_in_bytes(count, text):
    assert _bytes(count) == text


@pytest.mark.parametrize(
    "text, width, lines",
    [
        ("one two three", 7, ["one two", "three"]), ("one two three", 6, ["one", "two", "three"]),
        ("  one two", 5, ["  one", "two"]), ("abcdef", 6, ["abcdef"]), ("abcdefg", 6, ["abcde…"]), ("", 3, [""]),
    ],
)  # fmt: skip
def test_lines_of_a_cell(text, width, lines):
    assert _wrapped(text, width) == lines
