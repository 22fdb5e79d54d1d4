"""Fit y = 3x + 2 to noisy samples by gradient descent on a tf.Module."""

import numpy as np
from support import arguments, axes, save

import autograd.tensorflow as tf  # or: import tensorflow as tf

TRUE_W, TRUE_B = 3.0, 2.0
SAMPLES = 1000
LEARNING_RATE = 0.1


class Line(tf.Module):
    """y = w x + b, with the initial values w = 5 and b = 0."""

    def __init__(self):
        super().__init__()
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)

    def __call__(self, x):
        return self.w * x + self.b


def mean_squared_error(y, predicted):
    return tf.reduce_mean(tf.square(y - predicted))


def train_step(model, x, y):
    """One step of gradient descent; returns the loss before the step."""
    with tf.GradientTape() as tape:
        loss = mean_squared_error(y, model(x))
    dw, db = tape.gradient(loss, [model.w, model.b])
    model.w.assign_sub(LEARNING_RATE * dw)
    model.b.assign_sub(LEARNING_RATE * db)
    return loss


epochs = arguments(__doc__, epochs=20).epochs
random = np.random.default_rng(0)
x = tf.constant(random.standard_normal(SAMPLES), dtype=tf.float32)
y = TRUE_W * x + TRUE_B + tf.constant(random.standard_normal(SAMPLES), dtype=tf.float32)

model = Line()
print("variables:", len(model.trainable_variables))
before = model(x).numpy()
history = []
for epoch in range(epochs):
    w, b = float(model.w), float(model.b)
    loss = train_step(model, x, y)
    history.append((w, b))
    print(f"Epoch {epoch:2d}: W={w:1.2f} b={b:1.2f}, loss={float(loss):2.5f}")

plot = axes("A tf.Module learns a line", "epoch", "value")
for values, true, name, color in zip(zip(*history), (TRUE_W, TRUE_B), "Wb", ("tab:red", "tab:blue")):
    plot.plot(values, color=color, label=name)
    plot.axhline(true, color=color, linestyle="--", linewidth=0.8, label=f"true {name}")
plot.legend(frameon=False)
save(plot, "linear_module.png")

plot = axes("The samples, and the line before and after training", "x", "y")
plot.plot(x.numpy(), y.numpy(), ".", markersize=3, color="0.75", label="samples")
order = np.argsort(x.numpy())
plot.plot(x.numpy()[order], before[order], color="tab:orange", label="before")
plot.plot(x.numpy()[order], model(x).numpy()[order], color="tab:blue", label="after")
plot.legend(frameon=False)
save(plot, "linear_module_fit.png")
