"""The cache of kernels at the command line.

    python -m autograd.compiler.cache            lists what is kept
    python -m autograd.compiler.cache --clear    removes it

See `kernels.cache` for where it is and who may write it.
"""

from __future__ import annotations

import argparse
import shutil
import time

from .kernels import cache


def clear() -> int:
    """Remove everything from the cache: the number of files that it was."""
    paths = list(cache.folder().iterdir())
    for path in paths:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() and not path.is_symlink() else path.unlink()
    return len(paths)


def listing() -> str:
    """What the cache holds, a line for each library."""
    lines = []
    for path in sorted(cache.folder().glob("*.so"), key=lambda path: path.stat().st_mtime):
        found = path.stat()
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.st_mtime))
        rows = [row for rows in cache.notes(path.stem).values() for row in rows]
        gain = f"{sum(row[0] for row in rows) / max(sum(map(min, rows)), 1e-9):.1f} times NumPy" if rows else ""
        lines.append(f"{path.stem[:16]}  {found.st_size:>9,} bytes  last used {used}  {gain}".rstrip())
    return "\n".join([*lines, f"{len(lines)} kernels in {cache.folder()}"])


def main(arguments: list[str] | None = None) -> None:
    """List the cache, or clear it."""
    parser = argparse.ArgumentParser(prog="python -m autograd.compiler.cache", description="The cache of kernels.")
    parser.add_argument("--clear", action="store_true", help="remove all kernels")
    try:
        print(f"{clear()} files removed" if parser.parse_args(arguments).clear else listing())
    except cache.Unusable as reason:
        parser.error(str(reason))


if __name__ == "__main__":
    main()
