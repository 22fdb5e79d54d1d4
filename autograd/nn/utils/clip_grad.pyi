from nn.utils.clip_grad import *
