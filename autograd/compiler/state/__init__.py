"""What a step finds when it starts, and must find again: gradients, optimizers, layers, variables around it."""
