"""The JavaScript of pages under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import resources
from typing import Any

NODE = shutil.which("node") or shutil.which("nodejs")
#: The scripts that compute, which need no browser.
COMPUTING = ("arrays.js", "functions.js", "numpy.js", "algebra.js", "layers.js", "program.js")


def run(script: str, data: Any) -> Any:
    """What a script returns for data, both as JSON."""
    page = resources.files("autograd.teaching") / "page"
    sources = "\n".join((page / name).read_text(encoding="utf-8") for name in COMPUTING)
    text = (
        f'"use strict";\n{sources}\nconst main = (data) => {{ {script} }};\n'
        'console.log(JSON.stringify(main(JSON.parse(require("fs").readFileSync(0, "utf8")))));'
    )
    command = [str(NODE), "-e", text]
    done = subprocess.run(command, input=json.dumps(data), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
