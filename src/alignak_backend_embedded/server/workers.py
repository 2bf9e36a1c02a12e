"""Worker processes that share the listening addresses, and their supervisor.

The supervisor opens no database and starts no thread, so that it can fork at any time.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType
from typing import Final, NoReturn, TypeVar

from alignak_backend_embedded.server.settings import ServerError

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Number of workers that may die in a row before they are ready; then restarting does not help.
_FAILED_STARTS: Final = 3
#: Time for workers to exit, slightly more than they give their requests.
_STOP_SECONDS: Final = 40.0

_HANDLED: Final = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[Callable[[], None], int], int]
"""The function that a worker runs: it calls the first argument when it is ready, ends when the descriptor becomes
readable, and returns an exit code."""

_fork = multiprocessing.get_context("fork")


def in_child(work: Callable[[], T]) -> T:
    """Run a function in its own process, and return its result or raise its exception.

    Raises:
        ServerError: the process died.
    """
    with ProcessPoolExecutor(1, _fork) as pool:
        try:
            return pool.submit(work).result()
        except BrokenProcessPool as error:
            raise ServerError("The backend could not be prepared: its process died") from error


class Workers:
    """Keeps a number of worker processes running."""

    def __init__(self, number: int, work: Work, warn: Callable[[str], None]) -> None:
        """Create it without starting workers.

        Args:
            number: the number of workers.
            work: the function that each runs.
            warn: called when a worker has died.
        """
        self._number, self._work, self._warn = number, work, warn
        #: Each worker with the pipe on which it reports that it is ready; None after that.
        self._workers: dict[ForkProcess, Connection | None] = {}
        self._failed = self._signals = 0
        self._ending = self._cut_off = False
        self._wake, self._waking = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waking, False)

    def run(self, ready: Callable[[], None]) -> bool:
        """Start the workers, replace those that die, and stop them on SIGTERM or SIGINT.

        Args:
            ready: called once, when all are ready.

        Returns:
            False if requests were aborted.

        Raises:
            ServerError: the workers do not start.
        """
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        for number in _HANDLED:
            signal.signal(number, self._on_signal)
        is_announced = False
        try:
            while not self._signals:
                self._start_missing()
                self._wait()
                if not is_announced and not self._signals and self._ready():
                    is_announced = True
                    ready()
        finally:
            self._end()
            signal.set_wakeup_fd(-1)
        return not self._cut_off

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _ready(self) -> bool:
        return len(self._workers) == self._number and not any(self._workers.values())

    def _start_missing(self) -> None:
        """Start missing workers.

        Raises:
            ServerError: they die as soon as they start.
        """
        if self._failed >= _FAILED_STARTS:
            raise ServerError(f"The workers do not start: {self._failed} died before they answered a request")
        while len(self._workers) < self._number:
            report, reporting = _fork.Pipe(duplex=False)
            process = _fork.Process(target=self._become_worker, args=(reporting,))
            # Signals are blocked until the child has installed its handlers.
            signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
            process.start()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
            reporting.close()
            self._workers[process] = report

    def _become_worker(self, reporting: Connection) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of the terminal; SIGTERM follows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        parent = multiprocessing.parent_process()
        code = 1
        try:
            code = self._work(lambda: reporting.send_bytes(b"ready"), parent.sentinel if parent else -1)
        except ServerError as error:
            logger.error("A worker failed: %s", error)  # noqa: TRY400 - no traceback needed
        except BaseException:  # a worker must not continue the parent's code
            logger.exception("A worker failed")
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)  # without waiting for threads

    def _wait(self, seconds: float | None = None) -> None:
        """Wait for a signal, or for workers that are ready or have died."""
        reports = [report for report in self._workers.values() if report is not None]
        wait([self._wake, *reports, *(process.sentinel for process in self._workers)], seconds)
        with suppress(BlockingIOError):
            os.read(self._wake, 4096)
        for process, report in list(self._workers.items()):
            if report is not None and report.poll():
                with suppress(EOFError):
                    report.recv_bytes()
                    self._workers[process] = None
                    self._failed = 0
            if process.exitcode is not None:
                self._remove_dead(process)

    def _remove_dead(self, process: ForkProcess) -> None:
        self._failed += self._workers.pop(process) is not None
        if not self._ending:
            self._warn(f"Worker {process.pid} {_cause(process.exitcode or 0)}; starting another one")
        elif process.exitcode not in (0, -signal.SIGTERM):
            self._cut_off = True

    def _end(self) -> None:
        """Stop the workers; after a timeout, kill them."""
        self._ending = True
        until, sent = time.monotonic() + _STOP_SECONDS, 0
        while self._workers:
            late = time.monotonic() > until
            if late or sent < max(self._signals, 1):
                sent = max(self._signals, 1)
                for process in self._workers:
                    process.kill() if late else process.terminate()
            self._wait(0.2)


def _cause(code: int) -> str:
    if code >= 0:
        return f"has ended with exit code {code}"
    try:
        return f"was killed ({signal.Signals(-code).name})"
    except ValueError:
        return f"was killed (signal {-code})"
