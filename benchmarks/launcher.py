"""Runs a command and says what it cost: `python -S -I launcher.py REPORT COMMAND ...` writes JSON into a file.

A process of its own, and a small one: to the most memory that a process had, Linux counts what its parent had when it
started it.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the command."""
    report, *command = sys.argv[1:]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - begin
    with open(report, "w") as file:  # noqa: PTH123 - without pathlib it stays small
        json.dump({"seconds": seconds, "peak": usage.ru_maxrss, "code": os.waitstatus_to_exitcode(status)}, file)


if __name__ == "__main__":
    main()
