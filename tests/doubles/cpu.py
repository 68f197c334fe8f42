"""The CPU time of a block of code, without that of coverage."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager


class CpuTime:
    """The CPU time of the block of `cpu_time`; 0 until the block ends."""

    seconds = 0.0


@contextmanager
def cpu_time() -> Generator[CpuTime]:
    """Measure the block. Coverage is off meanwhile: it traces each line, which makes some code several times slower."""
    measured, tracer = CpuTime(), sys.gettrace()
    sys.settrace(None)
    started = time.process_time()
    try:
        yield measured
    finally:
        measured.seconds = time.process_time() - started
        sys.settrace(tracer)
