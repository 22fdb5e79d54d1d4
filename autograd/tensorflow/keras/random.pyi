from nn.keras.random import *
