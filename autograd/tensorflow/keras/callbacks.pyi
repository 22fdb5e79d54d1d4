from nn.keras.callbacks import *
