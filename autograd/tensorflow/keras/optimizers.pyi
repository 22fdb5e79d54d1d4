from nn.keras.optimizers import *
