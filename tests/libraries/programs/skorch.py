"""A classifier with callbacks: 3 epochs; a grid search."""

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping, EpochScoring, LRScheduler
from torch import nn

from tests.libraries.drawn import draw, set_weights


class Classifier(nn.Module):
    def __init__(self, hidden=6):
        super().__init__()
        self.net = set_weights(nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 2), nn.Softmax(-1)))

    def forward(self, x):
        return self.net(x)


def run():
    x = draw(40, 4).numpy()
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    net = NeuralNetClassifier(
        Classifier, max_epochs=3, lr=0.2, batch_size=8, iterator_train__shuffle=False, verbose=0,
        optimizer=torch.optim.SGD, optimizer__momentum=0.9,
        callbacks=[
            EpochScoring("roc_auc", lower_is_better=False), EarlyStopping(),
            ("schedule", LRScheduler("StepLR", step_size=1, gamma=0.5)),
        ],
    )  # fmt: skip
    net.fit(x, y)
    options = {"max_epochs": 2, "train_split": None, "verbose": 0, "iterator_train__shuffle": False}
    pipeline = make_pipeline(StandardScaler(), NeuralNetClassifier(Classifier, **options))
    search = GridSearchCV(pipeline, {"neuralnetclassifier__module__hidden": [3, 5]}, cv=2, scoring="accuracy").fit(x, y)
    return {
        "train": net.history[:, "train_loss"], "valid": net.history[:, "valid_loss"], "auc": net.history[:, "roc_auc"],
        "rates": net.history[:, "event_lr"], "probabilities": net.predict_proba(x[:3]),
        "search": search.cv_results_["mean_test_score"],
    }  # fmt: skip
