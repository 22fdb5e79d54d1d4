"""What a step does besides computing with tensors, and how its program does the same.

`readings`: numbers that it reads off tensors; `changing`: numbers and lists around it that it changes; `effects`: calls
that a program would not repeat, of which `printing` repeats those of print. `Runner` does all this after each call.
"""
