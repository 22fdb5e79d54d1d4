from nn.keras.losses import *
