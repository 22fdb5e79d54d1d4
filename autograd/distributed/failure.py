"""How a process that fails ends all of them, so that none waits for it forever.

MPI alone leaves the others waiting. An exception that nobody catches is printed with the rank, and aborts them all. A
process that is killed, or that calls `os._exit`, runs no more Python. So each process has a guard, a shell that reads
from a pipe: if the pipe is closed before a farewell was written to it, the guard aborts the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from types import TracebackType

#: How long to wait before an abort, in seconds: output that mpiexec has not read by then is lost.
_TIME_TO_PRINT = 0.5

#: Waits for the farewell. If the pipe is closed without one, prints a message and aborts all processes, in the protocol
#: of MPICH's mpiexec.
_GUARD = f"""trap "" INT TERM
read farewell || {{ echo "[rank $1] has ended without a farewell: it was killed, or called os._exit" >&2
sleep {_TIME_TO_PRINT}; echo "cmd=abort exitcode=1"; }}"""

_guard: subprocess.Popen[bytes] | None = None


def guard(rank: int, size: int) -> None:
    """Start the guard of this process, if there are others."""
    global _guard
    if size > 1 and os.path.exists("/bin/sh"):
        manager = int(os.environ.get("PMI_FD", "-1"))  # the socket on which MPICH's mpiexec listens
        stdout = subprocess.DEVNULL if manager < 0 else manager
        _guard = subprocess.Popen(["/bin/sh", "-c", _GUARD, "sh", str(rank)], stdin=subprocess.PIPE, stdout=stdout)


def unguard() -> None:
    """Tell the guard that this process ends as it should."""
    global _guard
    if _guard is not None:
        _guard.communicate(b"farewell\n")
        _guard = None


def number_started() -> int:
    """How many processes mpiexec says that it started; 1 without mpiexec."""
    return max(int(os.environ.get(name, "1")) for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE"))


def end_all_on_an_exception() -> None:
    """Let an exception that nobody catches end all processes, and not only this one."""
    if number_started() > 1:
        sys.excepthook = _abort


def _abort(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the exception with the rank before each line, and abort all processes."""
    from mpi4py import MPI  # the import connects this process to the others, if nothing has yet

    lines = "".join(traceback.format_exception(kind, error, trace)).splitlines()
    sys.stdout.flush()
    sys.stderr.write("".join(f"[rank {MPI.COMM_WORLD.rank}] {line}\n" for line in lines))
    sys.stderr.flush()
    time.sleep(_TIME_TO_PRINT)
    MPI.COMM_WORLD.Abort(130 if issubclass(kind, KeyboardInterrupt) else 1)
