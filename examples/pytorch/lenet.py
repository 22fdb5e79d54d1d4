"""LeNet on Fashion-MNIST: two convolutions with pooling, then three linear layers."""

import time

from support import (
    compiled,
    draw_weights,
    fashion_arguments,
    fashion_mnist,
    shuffled_batches,
    standardised,
    train_epoch,
    training_step,
)

import autograd as torch  # or: import torch

nn = torch.nn

BATCH = 64
LEARNING_RATE = 0.001


class LeNet(nn.Module):
    """Images (N, 1, 28, 28) to scores (N, 10), with ReLU and max pooling instead of the sigmoids and means of 1998."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2, stride=2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=2, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 5 * 5, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )

    def forward(self, x):
        return self.classifier(self.features(x))


options = fashion_arguments(__doc__, epochs=5)
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data))
images, test_images = standardised(images).unsqueeze(1), standardised(test_images).unsqueeze(1)

model = LeNet()
draw_weights(torch, model)
optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
step = compiled(torch, options, training_step(model, nn.CrossEntropyLoss(), optimizer))
loader = shuffled_batches(torch, images, labels, BATCH)
test = torch.utils.data.TensorDataset(test_images, test_labels)
test_loader = torch.utils.data.DataLoader(test, batch_size=1000)

for epoch in range(1, options.epochs + 1):
    start = time.perf_counter()
    mean = train_epoch(step, loader)
    with torch.no_grad():
        right = sum((model(X).argmax(dim=1) == y).sum().item() for X, y in test_loader)
    seconds = time.perf_counter() - start
    print(f"epoch {epoch}  loss {mean:.4f}  test accuracy {right / len(test):.4f}  {seconds:.1f} s", flush=True)
