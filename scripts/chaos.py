"""Fault runs: kill bots while users write to them, and count what the users see.

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
    python = environment.ensure(for_development=True)
    folders = [str(environment.ROOT / name) for name in ("tests", "scripts")]
    run = subprocess.Popen(
        [python, "-m", "fault_runs", *sys.argv[1:]],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(folders),
            "PYTHON_DOTENV_DISABLED": "1",  # keeps off a developer's database
            "NO_PROXY": "127.0.0.1",
        },
    )

    def terminate(*_: object) -> None:
        run.terminate()

    # Stop the run instead of killing it: it has to stop what it started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to the run as well
    signal.signal(signal.SIGTERM, terminate)
    return run.wait()


if __name__ == "__main__":
    console.run(main)
