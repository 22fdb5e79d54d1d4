from nn.keras.ops import *
