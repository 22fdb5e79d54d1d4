"""Learning rate schedulers against PyTorch's: the same rates and momenta, step by step."""

import numpy as np

import autograd


def test_schedulers_give_the_same_rates(answers):
    def rates(library, name, options, measures):
        optim = library.optim
        weight = library.tensor([1.0], requires_grad=True)
        optimizer = optim.SGD([weight], lr=0.5, momentum=0.9)
        if callable(options):
            schedule = options(optimizer, optim.lr_scheduler)
        else:
            schedule = getattr(optim.lr_scheduler, name)(optimizer, **options)
        found = []
        for measure in measures:
            found.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
            optimizer.step()
            schedule.step(*([measure] if name == "ReduceLROnPlateau" else []))
        return found

    measures = [1, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]
    for name, options in [
        ("StepLR", {"step_size": 3}), ("MultiStepLR", {"milestones": [2, 5, 5], "gamma": 0.3}),
        ("ExponentialLR", {"gamma": 0.8}), ("CosineAnnealingLR", {"T_max": 6, "eta_min": 0.01}),
        ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}), ("LinearLR", {"total_iters": 4}),
        ("ConstantLR", {"total_iters": 4}), ("OneCycleLR", {"max_lr": 2.0, "total_steps": 21, "cycle_momentum": False}),
        ("OneCycleLR", {"max_lr": [2.0], "epochs": 3, "steps_per_epoch": 7, "anneal_strategy": "linear"}),
        ("OneCycleLR", {"max_lr": 2.0, "total_steps": 20, "three_phase": True, "pct_start": 0.25}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 3}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 3, "step_size_down": 2, "mode": "triangular2"}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 3, "mode": "exp_range", "gamma": 0.9}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 3, "scale_fn": lambda x: 1 / x}),
        ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.01}),
        ("CosineAnnealingWarmRestarts", {"T_0": 4}),
        ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.9 if epoch % 2 else 0.8}),
        ("PolynomialLR", {"total_iters": 7, "power": 1.5}),
        ("SequentialLR", lambda o, s: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, total_iters=4), s.StepLR(o, 3), s.CosineAnnealingLR(o, 5)], [4, 9])),
        ("SequentialLR", lambda o, s: s.SequentialLR(
            o, [s.ConstantLR(o, 0.1, 3), s.CosineAnnealingWarmRestarts(o, 4, 2), s.PolynomialLR(o, 3)], [3, 16])),
        ("SequentialLR", lambda o, s: s.SequentialLR(
            o, [s.ExponentialLR(o, 0.9), s.LambdaLR(o, lambda t: 1 / (1 + t))], [5])),
        ("ChainedScheduler", lambda o, s: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)])),
        ("ReduceLROnPlateau", {"patience": 1, "cooldown": 2, "min_lr": 1e-3}),
        ("ReduceLROnPlateau", {"mode": "max", "patience": 2, "threshold_mode": "abs"}),
    ]:  # fmt: skip
        ours, theirs = rates(autograd, name, options, measures), answers("torch", rates, name, options, measures)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, err_msg=name)
