from autograd.saving.serialization import *
