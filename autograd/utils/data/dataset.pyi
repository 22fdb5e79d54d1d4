from nn.data.dataset import *
