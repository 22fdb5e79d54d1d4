from autograd.transforms.anomaly import *
