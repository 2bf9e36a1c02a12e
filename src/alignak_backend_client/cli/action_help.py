"""The help text of one action: what the whole one says of it, the options that go with it, and examples."""

from __future__ import annotations

import re
from typing import Final

from alignak_backend_client.cli.grammar import FITTING, FLAGS, VALUES
from alignak_backend_client.cli.help import HELP

_MORE: Final = {
    "output": """\
Output:
  With -o, or any option from --columns to --no-headers, get and list print and write no file. Without
  -o it is a table.
    table   the main fields; on a terminal cut to its width
    wide    more fields, nothing is cut
    json    a list of items with all their fields, as in a dump; of get one item; with --columns
            objects of these fields
    yaml    the same as YAML
    ndjson  the same, each item in a line of its own
    csv     the fields of wide, under their names; lists and objects as JSON
    name    a name a line: host/service for a service, the _id of what has no name
  Links are shown by name, times in tables as local time. Machine formats are UTF-8, and complete only
  when the exit code is 0. Reading as csv, ndjson and name takes the same memory for any number of items.""",
    "where": """\
Filters:
  FIELD=VALUE, FIELD!=VALUE   the value; of a link a name, of a list an element; FIELD= no value
  FIELD~REGEX                 a part of the text, or of the name that a link leads to
  FIELD<VALUE, <=, >, >=      numbers, texts, and times such as 2026-08-01 or '2026-08-01 18:00'
  '{"FIELD": ...}'            a filter in the language of the backend, with ids for links
  Objects have parts: customs._OS=Debian. Quote what the shell would take for itself.""",
    "json": """\
Results for programs:
  With --json, add, update and delete print one JSON object a line on standard output: what became
  of each item, as soon as it is known, and a summary at the end. Messages for people stay on standard
  error. A line has all of these, null where there is nothing to tell:
    action   add, update or delete: what was to be done with the item
    type     host, service, ...
    name     its name; host/service for a service
    id       its _id, once it has one
    status   created, updated, deleted: it was written, or would be (dry run)
             unchanged: there was nothing to change; delete: it was already deleted
             skipped: it is left alone on purpose, such as what every backend has
             failed: it was refused
             unfinished: the work ended before; as far as is known, it was not written, or not
             completely
    entry    its place in the data, from 1; for the services of a host that of the host
    changes  update: the fields that are sent, each {"old": ..., "new": ...}, with names in links;
             no "old" where the item has no such field, and neither for passwords
    reason   why it failed, or what else is to be known
    code     of what failed, the HTTP status of the backend's answer, or the one it would give; 1000
             when there was no answer that could be used
    dry_run  true with -c: nothing was sent
  The last line is {"summary": {...}}: the number of items of each status; ok, true when all is as it
  should be; interrupted, true after Ctrl-C; reason and code, why the work ended early; dry_run.
  Without it, the output is cut off. A wrong command line (64) prints no line, nor does -q.""",
}
"""Name of an option to the section that says more of it."""

EXAMPLES: Final = {
    "get": """\
  alignak-backend-cli get web-01
      One host, to ./alignak-object-dump-host-web-01.json
  alignak-backend-cli get 'web-01/*'
      One host with all its services
  alignak-backend-cli get -t service web-01/cpu
      One service, to ./alignak-object-dump-service-web-01_cpu.json
  alignak-backend-cli get -o yaml web-01
      One host, with all its fields, on the screen""",
    "list": """\
  alignak-backend-cli list -t user -f dumps
      All users, to dumps/alignak-object-list-users.json
  alignak-backend-cli list -m -o name
      The names of all host templates
  alignak-backend-cli list -t service 'web-01/*'
      All services of a host, to ./alignak-object-list-services.json
  alignak-backend-cli list -t service -o wide --where ls_state=CRITICAL --sort -ls_last_check
      The critical services, those checked last first
  alignak-backend-cli list -t service --columns host,name,host.address --where 'host~^web-'
      Fields of services and of their hosts""",
    "add": """\
  alignak-backend-cli -T linux,web add web-01
      A host from two templates
  alignak-backend-cli -t command -d commands.json add
      All the commands of a file
  alignak-backend-cli -d dumps add
      All items of the files in a folder, such as dumps of another backend
  cat bob.json | alignak-backend-cli -t user -d stdin add bob
      A user with the data of standard input
  alignak-backend-cli --json -d hosts.json add
      All the hosts of a file; what became of each as JSON""",
    "update": """\
  alignak-backend-cli -c -v -d change.json update web-01
      Say which fields would change, and change nothing
  alignak-backend-cli -d change.json update web-01
      The fields in the file; the others stay
  alignak-backend-cli -d change.json update 'paris-*'
      The same fields of several hosts
  alignak-backend-cli -t service -d services.json update
      Every service that the file names
  alignak-backend-cli -d dumps update
      Every item of the files in a folder, such as dumps that were edited""",
    "delete": """\
  alignak-backend-cli -c delete -t command old_check
      Say what would be deleted, what goes with it, and what still uses it
  alignak-backend-cli delete web-02 'paris-*'
      Several hosts, and their services
  alignak-backend-cli delete -t service 'web-01/*'
      All services of a host
  alignak-backend-cli -d old-hosts.json delete
      The hosts that a file names
  alignak-backend-cli delete -t service
      All services! Items that every backend has from its start are kept.""",
}


def help_of(action: str) -> str:
    """Return the help text of an action."""
    sections = {text.partition("\n")[0].rstrip(":"): text for text in HELP.rstrip().split("\n\n")}
    entry = next(entry for entry in _entries(sections["Actions"]) if entry.split()[0] == action)
    usage, what = re.split(" {2,}", entry.strip(), maxsplit=1)
    what = " ".join(what.split())
    options = [entry for entry in _entries(sections["Options"]) if action in FITTING.get(_option(entry), (action,))]
    return "\n\n".join(
        [
            f"Usage: alignak-backend-cli [options] {usage}",
            f"{what[0].upper()}{what[1:]}.",
            sections["Items"],
            "\n".join(["Options:", *options]),
            *(sections[name] for name in ("Access to the backend", "Connection", "Links")),
            *(text for name, text in _MORE.items() if action in FITTING[name]),
            sections["Exit codes"],
            f"Examples:\n{EXAMPLES[action]}",
        ]
    )


def _entries(section: str) -> list[str]:
    """Return the entries of a section; what continues one stands further to the right."""
    return re.split(r"\n(?=  (?:\S|    --))", section)[1:]


def _option(entry: str) -> str:
    """Return the name of the option that an entry is about."""
    spelling = "".join(re.findall(r"--[\w-]+", entry)[:1])
    return next(name for name, spellings in (FLAGS | VALUES).items() if spelling in spellings)
