from nn.keras.utils import *
