"""17 metrics over batches, a `MetricCollection`, a gradient."""

import torch
import torchmetrics as tm
from torchmetrics.functional import pairwise_cosine_similarity

from tests.libraries.drawn import draw


def run():
    scores, labels = draw(3, 20, 4).softmax(-1), draw(3, 20).abs().mul(2).long().clamp(max=3)
    several = tm.MetricCollection(
        {
            "accuracy": tm.Accuracy(task="multiclass", num_classes=4),
            "f1": tm.F1Score(task="multiclass", num_classes=4, average="macro"),
            "precision": tm.Precision(task="multiclass", num_classes=4, average="none"),
            "auroc": tm.AUROC(task="multiclass", num_classes=4),
            "confusion": tm.ConfusionMatrix(task="multiclass", num_classes=4),
            "calibration": tm.CalibrationError(task="multiclass", num_classes=4),
            "kappa": tm.CohenKappa(task="multiclass", num_classes=4),
            "average precision": tm.AveragePrecision(task="multiclass", num_classes=4),
        }
    )
    for batch, target in zip(scores, labels):
        several.update(batch, target)
    found = several.compute()
    x, y = draw(40), draw(40) * 0.5 + draw(40, seed=1)
    regression = (
        tm.MeanSquaredError(), tm.MeanAbsoluteError(), tm.R2Score(), tm.PearsonCorrCoef(), tm.SpearmanCorrCoef(),
        tm.ExplainedVariance(),
    )  # fmt: skip
    for metric in regression:
        metric(x[:20], y[:20])
        metric.update(x[20:], y[20:])
        found[type(metric).__name__] = metric.compute()
    images = draw(1, 3, 24, 24).sigmoid(), draw(1, 3, 24, 24, seed=1).sigmoid()
    found["psnr"] = tm.image.PeakSignalNoiseRatio(data_range=1.0)(*images)
    found["ssim"] = tm.image.StructuralSimilarityIndexMeasure(data_range=1.0)(*images)
    weights = draw(4, 3).requires_grad_()
    pairwise_cosine_similarity(weights).pow(3).sum().backward()
    found["gradient"] = weights.grad
    mean = tm.MeanMetric()
    for value in (1.0, torch.tensor([2.0, 6.0])):
        mean.update(value)
    found["mean"] = mean.compute()
    mean.reset()
    return found
