from nn.keras.datasets import *
