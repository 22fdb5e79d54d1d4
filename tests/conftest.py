"""How the properties are drawn: the same examples in every run of CI, and many random ones by hand.

`HYPOTHESIS_PROFILE=large pytest tests/autograd` is the large run.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=40, database=None)
settings.register_profile("large", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
