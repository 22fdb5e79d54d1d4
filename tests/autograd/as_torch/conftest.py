"""For pytest: `program.py` runs where `torch` is this package, in a process of its own."""

collect_ignore = ["program.py"]
