"""The programs say `import torch`: they are run by `tests/tools/libraries.py`, in processes of their own."""

collect_ignore = ["drawn.py", "programs"]
