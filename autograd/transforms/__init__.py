"""What is built on the backward pass: functions of gradients, custom functions, vmap, anomaly mode."""
