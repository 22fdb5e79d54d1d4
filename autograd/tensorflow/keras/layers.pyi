from nn.keras.layers import *
