"""Fit y = 3x + 2 to noisy samples with a subclassed Keras Model, compile and fit."""

import numpy as np
from support import arguments, axes, save

import autograd.tensorflow as tf  # or: import tensorflow as tf

keras = tf.keras

TRUE_W, TRUE_B = 3.0, 2.0
LEARNING_RATE = 0.1


class Line(keras.Model):
    """w x + b, with the initial values w = 5 and b = 0."""

    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(), initializer=keras.initializers.Constant(5.0), name="w")
        self.b = self.add_weight(shape=(), initializer="zeros", name="b")

    def call(self, x):
        return self.w * x + self.b


def draw(path, x, y, before, after):
    """The samples, and the line before and after training."""
    plot = axes("y = 3x + 2 with noise", "x", "y")
    plot.plot(x, y, ".", color="#9db8d2", markersize=4, label="samples")
    plot.plot(x, before, color="#c55a11", linestyle="--", label="before")
    plot.plot(x, after, color="#1f4e79", linewidth=2, label="after")
    plot.legend(frameon=False)
    save(plot, path)


options = arguments(__doc__, epochs=20)
random = np.random.default_rng(0)
x = np.linspace(-2, 2, 1000, dtype=np.float32)
y = TRUE_W * x + TRUE_B + random.standard_normal(1000).astype(np.float32)

model = Line()
before = model(x).numpy()
model.compile(optimizer=keras.optimizers.SGD(LEARNING_RATE), loss=keras.losses.MeanSquaredError())
history = model.fit(x, y, epochs=options.epochs, batch_size=len(x), shuffle=False, verbose=0)

for epoch, loss in enumerate(history.history["loss"]):
    print(f"Epoch {epoch:2}: loss={loss:.4f}")
print(f"W={float(model.w):.4f} b={float(model.b):.4f}, loss={model.evaluate(x, y, verbose=0):.4f}")
draw("linear_keras.png", x, y, before, model.predict(x, verbose=0))
