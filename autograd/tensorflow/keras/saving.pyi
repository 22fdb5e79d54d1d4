from nn.keras.saving import *
