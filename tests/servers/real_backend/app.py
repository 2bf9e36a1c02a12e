"""The real backend as a WSGI application, with mongomock in this process in place of MongoDB, or over MongoDB.

Run by the Python of the backend's own virtual environment. Each start over mongomock is an empty backend with its start
documents (login admin/admin). The launcher writes the settings file, names it in the environment, and says there which
store it is to be.
"""

# The backend reads its settings when it is imported, and must find the store already replaced: imports in between.
import copy
import os
import signal
import socket
import sys
import threading
from typing import Any

import flask_pymongo  # type: ignore[import-not-found]  # only in the backend's own environment
import mongomock
from mongomock.collection import Collection


def _keep_in_memory() -> None:
    """Put mongomock in the place of MongoDB."""
    client: Any = mongomock.MongoClient()
    flask_pymongo.MongoClient = lambda *_args, **_kwargs: client
    # mongomock keeps and hands out references to nested lists, which MongoDB never does: copy both ways.
    collection: Any = Collection
    copy_only_fields = collection._copy_only_fields
    update = collection._update

    def read(self: Any, doc: Any, fields: Any, container: Any) -> Any:
        return copy.deepcopy(copy_only_fields(self, doc, fields, container))

    def write(self: Any, spec: Any, document: Any, *args: Any, **kwargs: Any) -> Any:
        return update(self, copy.deepcopy(spec), copy.deepcopy(document), *args, **kwargs)

    collection._copy_only_fields = read
    collection._update = write


def _stop_with_launcher(lifeline: int) -> None:
    """Stop when the launcher is gone, however it went: its end of the pipe is then closed."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=_stop_with_launcher, args=(int(os.environ["LIFELINE"]),), daemon=True).start()
if os.environ["STORE"] == "memory":
    _keep_in_memory()

from alignak_backend.app import app as application  # type: ignore[import-not-found]  # noqa: E402 - see above

if __name__ == "__main__":
    import waitress

    # The launcher opened the socket already, and names its file descriptor.
    waitress.serve(application, sockets=[socket.socket(fileno=int(sys.argv[1]))], threads=4)
