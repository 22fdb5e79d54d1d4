from nn.keras.models import *
