from nn.keras.activations import *
