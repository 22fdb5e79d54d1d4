from nn.keras.constraints import *
