"""Differentiation as users call it: backward, grad and hooks; Function, Jacobians, vmap, anomaly mode."""
