"""Found as `torch` by processes that `multiprocessing` spawns: they get the path of their parent, not its imports.

`autograd.as_torch` adds this folder to the path.
"""

import sys

del sys.modules[__name__]  # this module, in favor of the one that as_torch makes

import autograd.as_torch  # noqa: E402, F401 - for what it does
