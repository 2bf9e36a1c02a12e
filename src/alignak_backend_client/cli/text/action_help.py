"""The help text of one action: its usage, options and examples, selected from the general help text."""

from __future__ import annotations

import re
from typing import Final

from alignak_backend_client.cli.grammar import FLAGS, OPTION_ACTIONS, VALUES
from alignak_backend_client.cli.text.help import HELP

_MORE: Final = {
    "output": """\
Output:
  With -o, or any option from --columns to --no-headers, get and list print the items and write no
  file. The default format is table.
    table   the main fields; on a terminal, limited to its width
    wide    more fields, never truncated
    json    a list of items with all their fields, as in a dump; for get, one object; with --columns,
            objects with these fields only
    yaml    the same as YAML
    ndjson  the same, one item per line
    csv     the fields of wide, with field names as the header; lists and objects as JSON
    name    one name per line: host/service for a service, the _id for an item without a name
  Links are shown by name. Tables show local time. Machine-readable formats are UTF-8, and complete only
  if the exit code is 0. csv, ndjson and name use constant memory for any number of items.""",
    "where": """\
Filters:
  FIELD=VALUE, FIELD!=VALUE   equal, not equal; for a link, its name; for a list, an element; FIELD= is
                              no value
  FIELD~REGEX                 the regular expression matches a part of the text or of the linked name
  FIELD<VALUE, <=, >, >=      numbers, texts, and times: 2h (two hours ago), 'yesterday 18:00', 2026-08-01,
                              '2026-08-01 18:00'
  '{"FIELD": ...}'            a filter in the query language of the backend, with ids for links
  Use dots for parts of objects: customs._OS=Debian. Quote characters that the shell would interpret.""",
    "json": """\
JSON results:
  With --json, add, update and delete print one JSON object per line to standard output: the result of
  each item as soon as it is known, and a summary at the end. Messages go to standard error. Each line
  has all of these keys; a key without a value is null:
    action   add, update or delete
    type     host, service, ...
    name     name of the item; host/service for a service
    id       its _id, once it has one
    status   created, updated, deleted: it was written, or would be (dry run)
             unchanged: there was nothing to change; delete: it was already deleted
             skipped: it is left alone on purpose, such as the items of a new backend
             failed: it was rejected
             unfinished: the run ended early; as far as is known, the item was not written, or
             not completely
    entry    its position in the data, starting at 1; for the services of a host, that of the host
    changes  update: the changed fields, each as {"old": ..., "new": ...}, with names for links;
             "old" is missing if the item had no such field, and for passwords
    reason   why it failed, or another remark
    code     for failures: the HTTP status of the response, or the status that the backend would
             return; 1000 if there was no usable response
    dry_run  true with -c: nothing was sent
  The last line is {"summary": {...}}: the number of items by status; ok: true if everything succeeded;
  interrupted: true after Ctrl-C; reason and code: why the run ended early; dry_run.
  If the summary is missing, the output is incomplete. Wrong usage (64) and -q print no lines.""",
}
"""Option name to the section with its details."""

EXAMPLES: Final = {
    "get": """\
  alignak-backend-cli get web-01
      Write one host to ./alignak-object-dump-host-web-01.json
  alignak-backend-cli get 'web-01/*'
      Get one host with all its services
  alignak-backend-cli get -t service web-01/cpu
      Write one service to ./alignak-object-dump-service-web-01_cpu.json
  alignak-backend-cli get -o yaml web-01
      Print one host with all its fields""",
    "list": """\
  alignak-backend-cli list -t user -f dumps
      Write all users to dumps/alignak-object-list-users.json
  alignak-backend-cli list -m -o name
      Print the names of all host templates
  alignak-backend-cli list -t service 'web-01/*'
      Write all services of a host to ./alignak-object-list-services.json
  alignak-backend-cli list -t service -o wide --where ls_state=CRITICAL --sort -ls_last_check
      Print the critical services, the latest check first
  alignak-backend-cli list -t service --columns host,name,host.address --where 'host~^web-'
      Print fields of services and of their hosts""",
    "add": """\
  alignak-backend-cli -T linux,web add web-01
      Add a host that uses two templates
  alignak-backend-cli -t command -d commands.json add
      Add all commands of a file
  alignak-backend-cli -d dumps add
      Add all items of the files in a folder, such as dumps of another backend
  cat bob.json | alignak-backend-cli -t user -d stdin add bob
      Add a user with the data from standard input
  alignak-backend-cli --json -d hosts.json add
      Add all hosts of a file; print the results as JSON""",
    "update": """\
  alignak-backend-cli -c -v -d change.json update web-01
      Show which fields would change; change nothing
  alignak-backend-cli -d change.json update web-01
      Update the fields in the file; keep the others
  alignak-backend-cli -d change.json update 'paris-*'
      Update the same fields of several hosts
  alignak-backend-cli -t service -d services.json update
      Update every service in the file
  alignak-backend-cli -d dumps update
      Update all items of the files in a folder, such as dumps that were edited""",
    "delete": """\
  alignak-backend-cli -c delete -t command old_check
      Show what would be deleted, and what still uses it
  alignak-backend-cli delete web-02 'paris-*'
      Delete several hosts with their services
  alignak-backend-cli delete -t service 'web-01/*'
      Delete all services of a host
  alignak-backend-cli -d old-hosts.json delete
      Delete the hosts in a file
  alignak-backend-cli delete -t service
      Delete all services! Items that every new backend has are kept""",
}


def action_help(action: str) -> str:
    """Return the help text of an action."""
    sections = {text.partition("\n")[0].rstrip(":"): text for text in HELP.rstrip().split("\n\n")}
    entry = next(entry for entry in _entries(sections["Actions"]) if entry.split()[0] == action)
    usage, what = re.split(" {2,}", entry.strip(), maxsplit=1)
    what = " ".join(what.split())
    options = [
        entry for entry in _entries(sections["Options"]) if action in OPTION_ACTIONS.get(_option(entry), (action,))
    ]
    return "\n\n".join(
        [
            f"Usage: alignak-backend-cli [options] {usage}",
            f"{what[0].upper()}{what[1:]}.",
            sections["Items"],
            "\n".join(["Options:", *options]),
            *(sections[name] for name in ("Access to the backend", "Connection", "Links")),
            *(text for name, text in _MORE.items() if action in OPTION_ACTIONS[name]),
            sections["Exit codes"],
            f"Examples:\n{EXAMPLES[action]}",
        ]
    )


def _entries(section: str) -> list[str]:
    """Return the entries of a section; continuation lines are indented further."""
    return re.split(r"\n(?=  (?:\S|    --))", section)[1:]


def _option(entry: str) -> str:
    spelling = "".join(re.findall(r"--[\w-]+", entry)[:1])
    return next(name for name, spellings in (FLAGS | VALUES).items() if spelling in spellings)
