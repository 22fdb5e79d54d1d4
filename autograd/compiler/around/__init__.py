"""What a step does besides computing with tensors: it reads numbers, changes variables around it, and prints."""
