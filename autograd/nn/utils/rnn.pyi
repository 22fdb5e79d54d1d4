from nn.utils.rnn import *
