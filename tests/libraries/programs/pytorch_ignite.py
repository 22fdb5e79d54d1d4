"""Trainer and evaluator with metrics and events: 2 epochs."""

import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import EarlyStopping, PiecewiseLinear
from ignite.metrics import Accuracy, Fbeta, Loss, RunningAverage
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.libraries.drawn import draw, set_weights


def run():
    x = draw(24, 4)
    data = TensorDataset(x, (x[:, 0] > 0).long())
    model = set_weights(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    trainer = create_supervised_trainer(model, optimizer, nn.CrossEntropyLoss())
    metrics = {"accuracy": Accuracy(), "loss": Loss(nn.CrossEntropyLoss()), "f1": Fbeta(1)}
    evaluator = create_supervised_evaluator(model, metrics=metrics)
    RunningAverage(output_transform=lambda loss: loss).attach(trainer, "average")
    trainer.add_event_handler(Events.ITERATION_STARTED, PiecewiseLinear(optimizer, "lr", [(0, 0.2), (6, 0.05)]))
    evaluator.add_event_handler(Events.COMPLETED, EarlyStopping(3, lambda e: -e.state.metrics["loss"], trainer))
    found = {"metrics": [], "average": []}

    @trainer.on(Events.EPOCH_COMPLETED)
    def evaluate(engine):
        found["metrics"].append(list(evaluator.run(DataLoader(data, batch_size=12)).metrics.values()))
        found["average"].append(engine.state.metrics["average"])

    trainer.run(DataLoader(data, batch_size=8), max_epochs=2)
    return found
