"""Opening files of users, which may be FIFOs or devices. Imported at the start of commands: imports almost nothing."""

from __future__ import annotations

import os


def open_regular(path: str, flags: int) -> int:
    """Open a file, as an ``opener`` of :func:`open`.

    Raises:
        OSError: it cannot be opened, or it is a FIFO or a device, which could block the command.
    """
    import errno
    import stat

    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):  # open() itself rejects folders
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "it is not a regular file")
