"""Why does the tape give d(xW + b)/dW the shape of W, while the derivative of x W by hand is xᵀ?

The question of a student: with x (1, 3), W (3, 2) and b (2,), "the derivative of xW is xᵀ", which is
(3, 1); but tape.gradient gives (3, 2). The answer, with numbers.
"""

import numpy as np

import autograd.tensorflow as tf  # or: import tensorflow as tf

x = tf.constant([[1.0, 2.0, 3.0]])
W = tf.Variable([[0.5, -1.0], [1.5, 0.0], [-0.5, 2.0]])
b = tf.Variable([0.1, 0.2])

with tf.GradientTape(persistent=True) as tape:
    y = x @ W + b
print(f"x {tuple(x.shape)}   W {tuple(W.shape)}   y = xW + b {tuple(y.shape)}:  y =", y.numpy())

print("\n1. What is asked. y has two elements, so dy/dW is six numbers for each of them: a Jacobian.")
jacobian = tape.jacobian(y, W)
print("tape.jacobian(y, W) has shape", tuple(jacobian.shape), "= shape of y + shape of W:")
for k in range(2):
    print(f"  d y[0,{k}] / dW =", *str(jacobian[0, k].numpy()).splitlines(), sep="\n    ")
print("Each of them holds xᵀ = (1, 2, 3) in one column: y[0,k] = Σᵢ x[i] W[i,k] + b[k] knows only column k of W.")

print("\n2. What the tape gives. tape.gradient(y, W) is the gradient of the *sum* of y's elements:")
gradient = tape.gradient(y, W)
print("tape.gradient(y, W) =", *str(gradient.numpy()).splitlines(), sep="\n    ")
summed = tf.reduce_sum(jacobian, axis=[0, 1])
print("the Jacobian summed over the elements of y is the same:", bool(np.array_equal(gradient.numpy(), summed.numpy())))

print("\n3. Where xᵀ is. With a cotangent g of y's shape (1, 2) the gradient is the matrix product xᵀ g:")
for g in ([[1.0, 1.0]], [[1.0, 0.0]], [[0.3, -2.0]]):
    found = tape.gradient(y, W, output_gradients=tf.constant(g)).numpy()
    by_hand = x.numpy().T @ np.array(g, np.float32)
    print(f"  g = {g[0]}:  xᵀ g is what the tape gives: {bool(np.allclose(found, by_hand))}")
print("  The tape's g is all ones when none is given, so every column is xᵀ.")

print("\n4. And b? db =", tape.gradient(y, b).numpy(), "has the shape of b: each b[k] is added to one element of y.")
print(
    "\nSo: xᵀ is the factor that stands to the left of g, a piece of a formula. The gradient of one number (a loss, or"
    "\nthe sum that the tape takes) has a number for each element of W, hence the shape of W: that is what"
    "\nW.assign_sub(rate * gradient) needs."
)
