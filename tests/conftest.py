"""How the properties are drawn: the same examples in every run of CI, and many random ones by hand.

`HYPOTHESIS_PROFILE=large pytest tests` is the large run: a hundred times more examples. `random` draws as many as
usual, but others in every run. The mutants are run with the ordinary ones, without shrinking: that a test fails is
all that counts.
"""

import os

from hypothesis import HealthCheck, Phase, settings

# How long an example takes is the machine's affair: nothing may fail by it.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.register_profile("ci", patient, derandomize=True, max_examples=40, database=None)
settings.register_profile("random", patient, max_examples=40)
settings.register_profile("large", patient, max_examples=4000)
settings.register_profile("mutants", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

#: Programs, not tests: they set the profile of the process that imports them, and one needs Cosmic Ray.
collect_ignore = ["code_mutants.py", "errors.py", "mutants.py"]
