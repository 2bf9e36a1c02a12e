"""FerretDB from its released source: the Go module, with four files changed.

It is built on first use (about three minutes) in `$ALIGNAK_FERRETDB`, or in `.cache/ferretdb` of the project. It needs
Go 1.24, as it is configured on the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

from servers import provision
from servers.provision import ServerUnavailableError

MODULE: Final = "github.com/FerretDB/FerretDB"
VERSION: Final = "v1.24.2"
#: Checksum of the module, as in a go.sum file. Its own go.sum holds those of all that it needs.
CHECKSUM: Final = "h1:trrUU0LbmusMbyubhPS1IELncvrIwKrsRT2LW1UUWCw="


class Change(NamedTuple):
    """A piece of the source, and its replacement."""

    file: str
    old: str
    new: str


#: What FerretDB answers otherwise than MongoDB, and no test of ours could do without.
CHANGES: Final = (
    # An update reads and writes in two steps, and another one may come in between: of 800 additions by 8 threads 93
    # were left, and 4 of 8 changes that named the same former `_etag` were made. MongoDB's are atomic for each
    # document. Here a command that writes waits for the one before.
    Change(
        "internal/clientconn/conn.go",
        "\t\treturn cmd.Handler(connCtx, msg)\n",
        '\t\tswitch command {\n\t\tcase "insert", "update", "delete", "findAndModify":\n'
        "\t\t\twriting.Lock()\n\t\t\tdefer writing.Unlock()\n\t\t}\n\n"
        "\t\treturn cmd.Handler(connCtx, msg)\n",
    ),
    Change(
        "internal/clientconn/conn.go",
        "// handleOpMsg processes OP_MSG requests.\n",
        "var writing sync.Mutex\n\n// handleOpMsg processes OP_MSG requests.\n",
    ),
    Change("internal/clientconn/conn.go", '\t"sync/atomic"\n', '\t"sync"\n\t"sync/atomic"\n'),
    # A search that SQLite stops when its time is up is an internal error; MongoDB says that the time is up.
    Change(
        "internal/handler/msg_find.go",
        "\tcase maxTimeMS != 0 && errors.Is(err, context.Canceled):\n",
        "\tcase maxTimeMS != 0 &&\n"
        '\t\t(errors.Is(err, context.Canceled) || strings.HasSuffix(err.Error(), "interrupted (9)")):\n',
    ),
    # An update that a unique index forbids is an internal error; MongoDB says that it is a double.
    Change(
        "internal/backends/sqlite/collection.go",
        "\t\t\tr, err := tx.ExecContext(ctx, q, string(b), arg)\n\t\t\tif err != nil {\n",
        "\t\t\tr, err := tx.ExecContext(ctx, q, string(b), arg)\n\t\t\tif err != nil {\n"
        "\t\t\t\tvar se *sqlite3.Error\n"
        "\t\t\t\tif errors.As(err, &se) && se.Code() == sqlite3lib.SQLITE_CONSTRAINT_UNIQUE {\n"
        "\t\t\t\t\treturn backends.NewError(backends.ErrorCodeInsertDuplicateID, err)\n\t\t\t\t}\n\n",
    ),
    Change(
        "internal/backends/postgresql/collection.go",
        "\t\t\tif tag, err = tx.Exec(ctx, q, b, arg); err != nil {\n",
        "\t\t\tif tag, err = tx.Exec(ctx, q, b, arg); err != nil {\n"
        "\t\t\t\tvar pgErr *pgconn.PgError\n"
        "\t\t\t\tif errors.As(err, &pgErr) && pgErr.Code == pgerrcode.UniqueViolation {\n"
        "\t\t\t\t\treturn backends.NewError(backends.ErrorCodeInsertDuplicateID, err)\n\t\t\t\t}\n\n",
    ),
)


def ensure_built() -> Path:
    """Build FerretDB unless it is there, complete and current; two processes never do at the same time.

    Returns:
        The path of the command.

    Raises:
        ServerUnavailableError: there is no Go, or the build failed.
    """
    target = provision.folder("ferretdb", "ALIGNAK_FERRETDB")
    with provision.locked(target):
        made_from = (VERSION, CHECKSUM, *(part for change in CHANGES for part in change))
        provision.build_unless_current(target, provision.digest(*map(str.encode, made_from)), _build)
    return target / "ferretdb"


def _build(target: Path) -> None:
    if shutil.which("go") is None:
        raise ServerUnavailableError("FerretDB is built with Go, and there is no Go here")
    target.mkdir(parents=True)
    module = json.loads(provision.run(["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"], where=target))
    if module["Sum"] != CHECKSUM:
        raise ServerUnavailableError(f"{MODULE} {VERSION} is not what it was: its checksum is {module['Sum']}")
    with tempfile.TemporaryDirectory(prefix="ferretdb-") as work:
        # The module's own folder may not be written to; the same is in its archive.
        with zipfile.ZipFile(module["Zip"]) as archive:
            archive.extractall(work)
        source = Path(work) / f"{MODULE}@{VERSION}"
        # Its own build takes the version from git, and the command does not start without.
        (source / "build/version/version.txt").write_text(VERSION)
        for change in CHANGES:
            _apply(change, source / change.file)
        # Nothing of this project's git repository, nor of a Go workspace around it.
        environment = {
            **os.environ,
            "GOWORK": "off",
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -buildvcs=false".strip(),
        }
        command = ["go", "build", "-trimpath", "-o", str(target / "ferretdb"), "./cmd/ferretdb"]
        provision.run(command, source, environment)


def _apply(change: Change, path: Path) -> None:
    text = path.read_text()
    if text.count(change.old) != 1:
        raise ServerUnavailableError(f"{change.file} does not have once what is to be changed:\n{change.old}")
    path.write_text(text.replace(change.old, change.new))
