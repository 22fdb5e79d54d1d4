from nn.data.dataloader import *
