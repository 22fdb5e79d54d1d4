"""Train a classifier on Fashion-MNIST, and plot its training and its predictions.

    python examples/fashion_mnist.py

trains the network 784-256-10 on the 6,000 images in the folder `data`.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from common import DEBIAN, PIXEL_MEAN, PIXEL_STD, VARIABLE, data_folder, positive_integer
from idx import DataError, load_split

import autograd as torch

Data = torch.utils.data.TensorDataset
Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


class Epoch(NamedTuple):
    """The results of one pass over the training set."""

    loss: float
    train_accuracy: float
    test_accuracy: float
    seconds: float


def main() -> int:
    """Run the program and return its exit code."""
    options = parse_arguments()
    try:
        train_set, test_set = load_data(data_folder(options.data))
        torch.manual_seed(options.seed)
        model = build_model(options.model)
        if options.load:
            load_model(options.load, model, options.model)
        options.out.mkdir(parents=True, exist_ok=True)
        print(f"{options.model} on {len(train_set):,} images, tested on {len(test_set):,}", flush=True)
        history = train(model, train_set, test_set, options)
        print(f"test accuracy {accuracy(model, test_set):.4f}")
        save_model(options.out / "model.npz", model, options.model)
        draw(options.out, history, model, test_set)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        print(f"error: {error.filename}: {error.strerror}; choose another --out", file=sys.stderr)
        return 2
    return 0


def build_model(name: str) -> torch.nn.Module:
    """The untrained model `name`: images (N, 28, 28) to logits (N, 10)."""
    nn = torch.nn
    if name == "softmax":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


def train(model: torch.nn.Module, train_set: Data, test_set: Data, options: argparse.Namespace) -> list[Epoch]:
    """Train for `options.epochs`; prints one line for each."""
    loader = torch.utils.data.DataLoader(train_set, batch_size=options.batch_size, shuffle=True)
    step = training_step(model, torch.optim.Adam(model.parameters(), lr=options.lr))
    if options.compile:
        step = torch.compile(step)
    history = []
    for number in range(1, options.epochs + 1):
        start = time.perf_counter()
        loss = train_epoch(step, loader, f"epoch {number:2}/{options.epochs}")
        if not math.isfinite(loss):
            sys.exit(f"error: the loss became {loss} in epoch {number}; choose --lr below {options.lr}")
        epoch = Epoch(loss, accuracy(model, train_set), accuracy(model, test_set), time.perf_counter() - start)
        print(
            f"epoch {number:2}/{options.epochs}  loss {epoch.loss:.4f}  train {epoch.train_accuracy:.4f}"
            f"  test {epoch.test_accuracy:.4f}  {epoch.seconds:.2f} s",
            flush=True,
        )
        history.append(epoch)
    return history


def training_step(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Step:
    """A function that takes a step on a batch of images and labels, and returns its loss."""
    criterion = torch.nn.CrossEntropyLoss()

    def step(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        loss: torch.Tensor = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def train_epoch(step: Step, loader: torch.utils.data.DataLoader, title: str) -> float:
    """One pass over the training set; returns the mean loss of its batches."""
    mean = 0.0
    for number, (images, labels) in enumerate(loader, 1):
        mean += (step(images, labels).item() - mean) / number
        show_progress(title, number / len(loader), mean)
    clear_progress()
    return mean


def accuracy(model: torch.nn.Module, data: Data) -> float:
    """The fraction of `data` that `model` classifies correctly."""
    images, labels = data.tensors
    with torch.no_grad():
        right = sum(
            (model(x).argmax(dim=1) == y).sum().item()
            for x, y in zip(images.split(1000), labels.split(1000), strict=True)
        )
    return right / len(labels)


def show_progress(title: str, done: float, loss: float) -> None:
    """Redraw the progress bar, if standard error is a terminal."""
    if sys.stderr.isatty():
        bar = "█" * round(30 * done)
        sys.stderr.write(f"\r{title}  {bar:░<30} {done:4.0%}  loss {loss:.4f}")
        sys.stderr.flush()


def clear_progress() -> None:
    """Clear the line of the progress bar."""
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 79 + "\r")
        sys.stderr.flush()


def load_data(folder: Path) -> tuple[Data, Data]:
    """The training and test sets in `folder`, with standardised pixels."""

    def split(name: str) -> Data:
        images, labels = load_split(folder, name)
        pixels = (images.astype(np.float32) / 255 - PIXEL_MEAN) / PIXEL_STD
        return Data(torch.from_numpy(pixels), torch.from_numpy(labels.astype(np.int64)))

    return split("train"), split("t10k")


def save_model(path: Path, model: torch.nn.Module, name: str) -> None:
    """Write the name of `model` and its weights to `path`."""
    torch.save({"model": name, "weights": model.state_dict()}, path)


def load_model(path: Path, model: torch.nn.Module, name: str) -> None:
    """Load into `model` the weights in `path`, saved by a run with `--model name`."""
    try:
        saved = torch.load(path)
        kind, weights = saved["model"], saved["weights"]
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; expected the model.npz of an earlier run") from None
    except (KeyError, RuntimeError, TypeError):
        raise DataError(f"{path}: damaged or in another format, expected the model.npz of an earlier run") from None
    if kind != name:
        raise DataError(f"{path}: contains the model {kind!r}, expected {name!r}; choose --model {kind}")
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: does not fit the model {name!r}: {reason}") from None


def draw(out: Path, history: list[Epoch], model: torch.nn.Module, test_set: Data) -> None:
    """Write `curves.png` and `predictions.png` to the folder `out`."""
    try:
        import matplotlib  # noqa: F401 - only whether it is installed
    except ImportError:
        print("no pictures: matplotlib is not installed; pip install matplotlib")
        return
    if history:
        draw_curves(out / "curves.png", history)
    draw_predictions(out / "predictions.png", model, test_set)


def draw_curves(path: Path, history: list[Epoch]) -> None:
    """Plot the loss and both accuracies over the epochs."""
    from matplotlib.figure import Figure

    epochs = range(1, len(history) + 1)
    figure = Figure(figsize=(9, 3.6), dpi=120, layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [e.loss for e in history], "o-", color="#1f4e79", markersize=4)
    left.set(title="Training loss", xlabel="epoch")
    left.set_ylim(bottom=0)
    right.plot(epochs, [e.train_accuracy for e in history], "o-", color="#1f4e79", markersize=4, label="train")
    right.plot(epochs, [e.test_accuracy for e in history], "s--", color="#c55a11", markersize=4, label="test")
    right.set(title="Accuracy", xlabel="epoch")
    right.legend(frameon=False, loc="lower right")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.savefig(path)


def draw_predictions(path: Path, model: torch.nn.Module, test_set: Data) -> None:
    """Draw the first sixteen test images with their predicted classes; mistakes are marked and framed."""
    from matplotlib.figure import Figure

    images, labels = (tensor[:16] for tensor in test_set.tensors)
    with torch.no_grad():
        predictions = model(images).argmax(dim=1)
    figure = Figure(figsize=(8, 8.6), dpi=120, layout="constrained")
    figure.suptitle(f"{(predictions == labels).sum().item()} of {len(labels)} classified correctly", fontsize=12)
    for axes, image, true, predicted in zip(
        figure.subplots(4, 4).flat, images.numpy(), labels.tolist(), predictions.tolist(), strict=False
    ):
        axes.imshow(image, cmap="gray_r")
        axes.set(xticks=[], yticks=[])
        if true == predicted:
            axes.set_title(f"✓ {CLASSES[true]}", fontsize=10)
            axes.spines[:].set(color="#bbbbbb", linewidth=0.6)
        else:
            axes.set_title(f"✗ {CLASSES[predicted]}, not {CLASSES[true]}", fontsize=10, color="#b00020")
            axes.spines[:].set(color="#b00020", linewidth=3)
    figure.savefig(path)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Train a classifier on Fashion-MNIST.",
        epilog="Writes model.npz, curves.png and predictions.png to the folder --out.",
    )
    add = parser.add_argument
    add(
        "--model",
        choices=("softmax", "mlp"),
        default="mlp",
        help="softmax regression or 784-256-10 (%(default)s)",
    )
    add(
        "--epochs",
        type=non_negative_integer,
        default=10,
        help="passes over the data; 0 only tests (%(default)s)",
    )
    add("--batch-size", type=positive_integer, default=64, help="images per step (%(default)s)")
    add("--lr", type=positive_number, default=0.0005, help="the learning rate of Adam (%(default)s)")
    add(
        "--data",
        metavar="DIR",
        default="embedded",
        help="a folder with the four gzip IDX files; 'embedded': the 7,000 images in the repository;"
        f" 'full': the folder in the environment variable {VARIABLE}, or else that of Debian's package,"
        f" {DEBIAN} (%(default)s)",
    )
    add("--out", metavar="DIR", type=Path, default=Path("fashion_mnist_out"), help="the output folder (%(default)s)")
    add("--load", metavar="FILE", type=Path, help="start from the model.npz of an earlier run")
    add(
        "--seed",
        type=non_negative_integer,
        default=0,
        help="the seed for the weights and the image order (%(default)s)",
    )
    add("--compile", action="store_true", help="compile the training step: the same numbers, faster")
    return parser.parse_args()


def non_negative_integer(text: str) -> int:
    """Parse an integer of at least 0 from the command line."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected an integer, 0 or more, got {text!r}")
    return int(text)


def positive_number(text: str) -> float:
    """Parse a finite number above 0 from the command line."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


if __name__ == "__main__":
    sys.exit(main())
