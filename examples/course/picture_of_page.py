"""Take the screenshot of a stepper's page for the READMEs; needs Chromium.

python examples/course/picture_of_page.py
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import autograd as torch
from autograd.teaching import remember, stepper

PICTURE = Path(__file__).resolve().parent / "stepper.png"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1000,740",
         "--force-device-scale-factor=2", "--force-prefers-reduced-motion")  # fmt: skip


def main():
    """Write a page and take its screenshot at a step of the backward pass; returns the exit code."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("picture_of_page.py: Chromium was not found: install it first", file=sys.stderr)
        return 2
    a, b, c = (torch.tensor(v, requires_grad=True) for v in (2.0, -3.0, 10.0))
    with remember():
        e = a * b
        d = e + c
        h = d * 0.3
        f = torch.tanh(h)
        p = f * a
        q = p**2
        L = q + f
    names = {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "h": h, "p": p, "q": q, "L": L}
    with tempfile.TemporaryDirectory() as folder:
        page = stepper(L, Path(folder) / "neuron.html", names=names)
        profile, picture = f"--user-data-dir={folder}/profile", f"--screenshot={PICTURE}"
        subprocess.run([browser, *FLAGS, profile, picture, f"{page.path.as_uri()}#11"], check=True, capture_output=True)
    Image.open(PICTURE).convert("RGB").quantize(64).save(PICTURE, optimize=True)  # few colours: a third of the size
    print(PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
