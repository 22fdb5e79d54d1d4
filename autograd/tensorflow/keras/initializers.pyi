from nn.keras.initializers import *
