from nn.keras.regularizers import *
