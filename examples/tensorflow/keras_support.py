"""Support for the Keras programs: shuffling, initial weights that are the same on either engine, and progress."""

import time

import numpy as np


def shuffled(*arrays, seed=0):
    """The arrays with their rows in one random order."""
    order = np.random.default_rng(seed).permutation(len(arrays[0]))
    return [array[order] for array in arrays]


def draw_weights(model, seed=0):
    """Initialise a model with Glorot uniform weights and zero biases."""
    random = np.random.default_rng(seed)
    values = []
    for weight in model.get_weights():
        *window, inputs, outputs = weight.shape if weight.ndim > 1 else (1, 1)
        limit = np.sqrt(6 / (np.prod(window) * (inputs + outputs))) if weight.ndim > 1 else 0
        values.append(random.uniform(-limit, limit, weight.shape).astype(weight.dtype))
    model.set_weights(values)


def epoch_printer(keras):
    """A callback that prints a line for each epoch: its metrics and its duration."""

    class EpochPrinter(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            values = "  ".join(f"{name} {value:.4f}" for name, value in sorted(logs.items()))
            print(f"epoch {epoch + 1}  {values}  {time.perf_counter() - self.start:.1f} s", flush=True)

    return EpochPrinter()
