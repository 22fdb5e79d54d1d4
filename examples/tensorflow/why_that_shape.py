"""Why does the tape give d(xW + b)/dW the shape of W, while the derivative of xW by hand is xᵀ?

With x (1, 3), W (3, 2) and b (2,), "the derivative of xW is xᵀ", which has the shape (3, 1); but tape.gradient
has the shape (3, 2). This program explains it with numbers.
"""

import numpy as np

import autograd.tensorflow as tf  # or: import tensorflow as tf

x = tf.constant([[1.0, 2.0, 3.0]])
W = tf.Variable([[0.5, -1.0], [1.5, 0.0], [-0.5, 2.0]])
b = tf.Variable([0.1, 0.2])

with tf.GradientTape(persistent=True) as tape:
    y = x @ W + b
print(f"x {tuple(x.shape)}   W {tuple(W.shape)}   y = xW + b {tuple(y.shape)}:  y =", y.numpy())

print("\n1. The Jacobian. y has two elements, and dy/dW is six numbers for each of them.")
jacobian = tape.jacobian(y, W)
print("tape.jacobian(y, W) has shape", tuple(jacobian.shape), "= shape of y + shape of W:")
for k in range(2):
    print(f"  d y[0,{k}] / dW =", *str(jacobian[0, k].numpy()).splitlines(), sep="\n    ")
print("Each of them has xᵀ = (1, 2, 3) in one column: y[0,k] = Σᵢ x[i] W[i,k] + b[k] depends only on column k of W.")

print("\n2. The gradient. tape.gradient(y, W) is the gradient of the *sum* of y's elements:")
gradient = tape.gradient(y, W)
print("tape.gradient(y, W) =", *str(gradient.numpy()).splitlines(), sep="\n    ")
summed = tf.reduce_sum(jacobian, axis=[0, 1])
print("it equals the Jacobian summed over the elements of y:", bool(np.array_equal(gradient.numpy(), summed.numpy())))

print("\n3. The role of xᵀ. With a cotangent g of y's shape (1, 2) the gradient is the matrix product xᵀ g:")
for g in ([[1.0, 1.0]], [[1.0, 0.0]], [[0.3, -2.0]]):
    found = tape.gradient(y, W, output_gradients=tf.constant(g)).numpy()
    by_hand = x.numpy().T @ np.array(g, np.float32)
    print(f"  g = {g[0]}:  xᵀ g equals the gradient of the tape: {bool(np.allclose(found, by_hand))}")
print("  By default g is all ones, so every column is xᵀ.")

print("\n4. The bias. db =", tape.gradient(y, b).numpy(), "has the shape of b: each b[k] is added to one element of y.")
print(
    "\nSo xᵀ is the factor to the left of g in a formula. The gradient of one number (a loss, or the sum that the tape"
    "\ntakes) has one entry for each element of W, hence the shape of W, which W.assign_sub(rate * gradient) needs."
)
