from nn.keras.metrics import *
