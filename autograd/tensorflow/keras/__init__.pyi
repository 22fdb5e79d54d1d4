from nn.keras import *
