"""15 losses on embeddings, a miner: all gradients."""

import torch
from pytorch_metric_learning import distances, losses, miners

from tests.libraries.drawn import draw, set_weights


def run():
    labels = torch.tensor([0, 0, 1, 1, 2, 2, 0, 1])
    found = {}
    for name in (
        "TripletMarginLoss", "ContrastiveLoss", "NTXentLoss", "MultiSimilarityLoss", "CircleLoss", "AngularLoss",
        "SupConLoss", "LiftedStructureLoss", "FastAPLoss", "NPairsLoss", "GeneralizedLiftedStructureLoss",
    ):  # fmt: skip
        x = draw(8, 5).requires_grad_()
        loss = getattr(losses, name)()(x, labels)
        loss.backward()
        found[name] = [loss, x.grad[0]]
    for name in ("ArcFaceLoss", "CosFaceLoss", "ProxyAnchorLoss", "NormalizedSoftmaxLoss"):
        x = draw(8, 5).requires_grad_()
        head = set_weights(getattr(losses, name)(num_classes=3, embedding_size=5))
        loss = head(x, labels)
        loss.backward()
        found[name] = [loss, x.grad[0]]
    x = draw(8, 5).requires_grad_()
    pairs = miners.MultiSimilarityMiner()(x, labels)
    loss = losses.TripletMarginLoss(distance=distances.CosineSimilarity(), margin=0.3)(x, labels, pairs)
    loss.backward()
    found["mined"] = [len(pairs[0]), loss, x.grad[1]]
    return found
