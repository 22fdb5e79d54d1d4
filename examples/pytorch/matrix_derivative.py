"""The derivative of a trace: d tr(A X B X) / dX = Aᵀ Xᵀ Bᵀ + Bᵀ Xᵀ Aᵀ.

X is (m, n), so A and B are (n, m); the derivative has the shape of X.
"""

import numpy as np
from support import arguments

import autograd as torch  # or: import torch

options = arguments(__doc__, rows=3, columns=4)
m, n = options.rows, options.columns

random = np.random.default_rng(0)
A = torch.from_numpy(random.standard_normal((n, m)))
B = torch.from_numpy(random.standard_normal((n, m)))
X = torch.from_numpy(random.standard_normal((m, n))).requires_grad_()

f = torch.trace(A @ X @ B @ X)
f.backward()
closed_form = A.T @ X.T @ B.T + B.T @ X.T @ A.T

print("tr(AXBX)", f"{f.item():.6f}")
print("by backward")
print(X.grad)
print("closed form")
print(closed_form.detach())
print("largest difference", f"{(X.grad - closed_form).abs().max().item():.1e}")
