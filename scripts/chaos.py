"""Fault runs: kills bots while people write to them, and counts what these see.

    python3 scripts/chaos.py --database sqlite

`--help` lists the options.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import console
import environment


def main() -> int:
    python = environment.ensure()
    folders = [str(environment.ROOT / name) for name in ("tests", "scripts")]
    run = subprocess.Popen(
        [python, "-m", "fault_runs", *sys.argv[1:]],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(folders),
            "PYTHON_DOTENV_DISABLED": "1",  # a developer's database is not for this
            "NO_PROXY": "127.0.0.1",
        },
    )

    def terminate(*_: object) -> None:
        run.terminate()

    # The run is not killed when this script is to end: it takes its time to stop what it has started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the run by itself
    signal.signal(signal.SIGTERM, terminate)
    return run.wait()


if __name__ == "__main__":
    console.run(main)
