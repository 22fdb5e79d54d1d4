from nn.keras.backend import *
