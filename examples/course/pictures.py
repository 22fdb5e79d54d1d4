"""Make the pictures of the lessons for the README: each lesson runs, and its picture is copied with fewer colours.

python examples/course/pictures.py
"""

import os
import re
import runpy
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
#: A picture of few colours, which keeps a file small.
COLORS = 48


def main():
    """Run the lessons in a temporary folder and write their pictures; returns the exit code."""
    sys.path.insert(0, str(HERE))
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for program in sorted(HERE.glob("[0-9][0-9]_*.py")):
            runpy.run_path(str(program), run_name="__main__")
            for made in Path("course_out").glob(f"{program.stem}.[ps][nv]g"):
                target = PICTURES / made.name
                if made.suffix == ".png":
                    Image.open(made).convert("RGB").quantize(COLORS).save(target, optimize=True)
                else:
                    target.write_text(re.sub(r">\s+<", "><", made.read_text(encoding="utf-8")), encoding="utf-8")
        os.chdir(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
