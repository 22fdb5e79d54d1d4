"""A one-hidden-layer perceptron on Fashion-MNIST, 784-256-10: from scratch with three activations, and concisely."""

import numpy as np
from support import Shuffle, draw_weights, fashion_arguments, fashion_mnist, standardised

import autograd as torch  # or: import torch

nn = torch.nn

BATCH = 256
LEARNING_RATE = 0.1
SIGMOID_LEARNING_RATE = 0.5  # its slope is a quarter at most, so its gradients are small


def sigmoid(Z):
    """1 / (1 + exp(−Z))."""
    return 1 / (1 + torch.exp(-Z))


def relu(Z):
    """What is above zero."""
    return torch.max(Z, other=torch.tensor(0.0))


def tanh(Z):
    """(1 − exp(−2Z)) / (1 + exp(−2Z))."""
    powers = torch.exp(-2 * Z)
    return (1 - powers) / (1 + powers)


def cross_entropy(scores, labels):
    """The mean of ln Σ exp(scores) − the score of the label; the largest score is taken out of the exp."""
    scores = scores - scores.detach().max(dim=1, keepdim=True).values
    right = scores[torch.arange(len(labels)), labels]
    return (torch.log(torch.exp(scores).sum(dim=1)) - right).mean()


def from_scratch(activation, learning_rate, epochs):
    """Tensors and functions of our own. Returns the trained model and the mean loss of the last epoch."""
    random = np.random.default_rng(0)

    def weights(inputs, outputs):
        values = random.normal(0, inputs**-0.5, (inputs, outputs))
        return torch.from_numpy(values.astype(np.float32)).requires_grad_()

    W1, b1 = weights(784, 256), torch.zeros(256, requires_grad=True)
    W2, b2 = weights(256, 10), torch.zeros(10, requires_grad=True)

    def model(X):
        return activation(X.reshape(-1, 784) @ W1 + b1) @ W2 + b2

    mean = 0.0
    for _ in range(epochs):
        order = torch.from_numpy(random.permutation(len(images)))
        mean = 0.0
        for number, batch in enumerate(order.split(BATCH), 1):
            loss = cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            for parameter in (W1, b1, W2, b2):
                parameter.data -= learning_rate * parameter.grad
                parameter.grad.data.zero_()
            mean += (loss.item() - mean) / number
    return model, mean


def concisely(epochs):
    """The same from parts, with ReLU."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    draw_weights(torch, model)
    samples = torch.utils.data.TensorDataset(images, labels)
    loader = torch.utils.data.DataLoader(samples, batch_size=BATCH, sampler=Shuffle(len(samples)))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    mean = 0.0
    for _ in range(epochs):
        mean = 0.0
        for number, (X, y) in enumerate(loader, 1):
            loss = criterion(model(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mean += (loss.item() - mean) / number
    return model, mean


def report(title, model, loss):
    """Print the loss and the share of the test set that `model` names rightly."""
    with torch.no_grad():
        right = (model(test_images).argmax(dim=1) == test_labels).sum().item()
    print(f"{title:9} loss {loss:.4f}  test accuracy {right / len(test_labels):.4f}", flush=True)


options = fashion_arguments(__doc__, epochs=5)
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data))
images, test_images = standardised(images), standardised(test_images)
for activation, learning_rate in (sigmoid, SIGMOID_LEARNING_RATE), (relu, LEARNING_RATE), (tanh, LEARNING_RATE):
    report(activation.__name__, *from_scratch(activation, learning_rate, options.epochs))
report("concisely", *concisely(options.epochs))
