from nn.distributions.constraint_registry import *
