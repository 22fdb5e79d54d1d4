# Written by `python -m autograd.testing.listing --write`.
from nn.keras.models import *  # noqa: F403
