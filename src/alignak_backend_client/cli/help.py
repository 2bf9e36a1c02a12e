"""The help text."""

from __future__ import annotations

HELP = """\
alignak-backend-cli: get, add, update and delete the items of an Alignak backend.

Usage:
  alignak-backend-cli [options] [<action>] [<item>...]
  alignak-backend-cli <command> [options of the command]
  alignak-backend-cli -h | --help
  alignak-backend-cli -V | --version

Options may stand anywhere, before or after the action: -b URL, -b=URL, --backend-url URL, --backend-url=URL.

Actions:
  get <item>...     get an item: print it and write it to a file; with -o only print it;
                    of several the list
  list [<item>...]  get the list of all items of a type, or of some: write it to a file (short for
                    'get -l'); with -o print it
  add [<item>]      add an item, or the items of a data file
  update [<item>...]  update items, or the items of a data file
  delete [<item>...]  delete items, those of a data file, or all items of a type
  A single word that is no action or command is the name of an item to add.

Commands, which have options of their own (alignak-backend-cli <command> -h):
  examples          write the example data files to a new folder
  explain           say what types and fields are for
  login, logout     log in once: later commands need no password
  problems          list what is wrong now, worst first
  profile           keep named ways to backends: URL, user and the like
  serve             run a backend for others
  status            hosts and services by state, in each realm; daemons of the engine
  tree              realms, templates, hosts or groups as a tree, and what hangs on them
  watch             show what is wrong, and go on showing it
  why               say where the values of an item come from

Items:
  By name. A service is named 'host/service'; 'host/*' means all services of a host.
  Items without a name (such as history) are named by their _id.
  get, list, update and delete take several, and patterns, in which '*' stands for any text:
  'paris-*', 'paris-*/disk*'. Templates are matched with -m only. Quote patterns for the shell.
  An item whose name is the very pattern is meant alone.

Options:
  -t, --type=TYPE          type of the item: host, service, user, command, ... [default: host]
  -d, --data=FILE          JSON file with the data of an item or a list of items; 'stdin' reads
                           standard input; add: a folder of such files, whose names tell the types
      --ignore-unknown     add: leave out fields, and links by id, that the backend does not know
  -T, --template=NAMES     templates of the new item, separated by commas
  -f, --folder=FOLDER      folder that data files are read from and files are written to
                           [default: the current one]
  -l, --list               get a list of items
  -m, --model              only templates instead of the real items (host, service, user): of a list, of
                           what a pattern matches, and of all that is deleted
  -e, --embedded           get the linked items whole, not only their names
  -i, --include-read-data  update: send the data that the backend has, too
  -c, --check              dry run: say what would be done, change nothing, write no file
  -o, --output=FORMAT      get, list: print what is asked for, and write no file; as table, wide, json,
                           yaml, csv, ndjson or name
      --columns=FIELDS     the fields to show, with commas between them; those of linked items, too:
                           name,host.address
      --where=FILTER       list: only items that match; several filters must all match
      --sort=FIELDS        list: in this order, with commas between fields; -FIELD: largest first
      --limit=NUMBER       list: the first items only
      --no-headers         tables and CSV without the line of headings
      --json               add, update, delete: print what became of each item as JSON, one a line
  -y, --yes                delete without a question. On a terminal, delete asks before it deletes
                           several items, or one that others use; elsewhere it never asks
  -v, --verbose            say what is done, step by step
  -q, --quiet              print nothing at all, errors included: the exit code tells
  -h, --help               show this text
  -V, --version            show the version

Access to the backend:
  -b, --backend-url=URL    URL of the backend [default: http://127.0.0.1:5000]
  -u, --username=NAME      login name [default: admin]
  -p, --password=PASSWORD  password [default: admin]; '-' asks for it, or reads a line of standard
                           input
      --profile=NAME       take what is not given from this profile; see the command 'profile'
  Without these options the environment tells: ALIGNAK_BACKEND_URL, ALIGNAK_BACKEND_USERNAME,
  ALIGNAK_BACKEND_PASSWORD and ALIGNAK_BACKEND_PROFILE; else the profile; without a password, the
  command 'login' has left a token. Other users of this machine can see an option, but not the
  environment.

Connection:
      --ca-file=FILE       certificates (PEM) of the authorities to trust, for a backend behind a
                           certificate of your own; there is no way to leave the check out
      --certificate=FILE   client certificate with its key (PEM)
      --timeout=SECONDS    how long to wait for a connection and for an answer [default: 10 and 120]
      --retries=NUMBER     how often to send a request again when the connection breaks or the server
                           is busy; what changes something only after asking what became of it
                           [default: 6]
      --jobs=NUMBER        how many requests may run at a time for lists [default: 4]

Links:
  In data files and dumps a link to another item is its name: "check_command": "_echo". An id works
  too. What 'get' and 'list' write, 'add' and 'update' take back.

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
  when the exit code is 0. Reading as csv, ndjson and name takes the same memory for any number of items.

Filters:
  FIELD=VALUE, FIELD!=VALUE   the value; of a link a name, of a list an element; FIELD= no value
  FIELD~REGEX                 a part of the text, or of the name that a link leads to
  FIELD<VALUE, <=, >, >=      numbers, texts, and times such as 2026-08-01 or '2026-08-01 18:00'
  '{"FIELD": ...}'            a filter in the language of the backend, with ids for links
  Objects have parts: customs._OS=Debian. Quote what the shell would take for itself.

Results for programs:
  With --json, add, update and delete print one JSON object a line on standard output: what became
  of each item, as soon as it is known, and a summary at the end. Messages for people stay on standard
  error. A line has all of these, null where there is nothing to tell:
    action   add, update or delete: what was to be done with the item
    type     host, service, ...
    name     its name; host/service for a service
    id       its _id, once it has one
    status   created, updated, deleted: it was written, or would be (dry run)
             unchanged: it is as the data says; delete: it was gone already
             skipped: it is left as it is on purpose, such as what every backend has
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
  Without it, the output is cut off. A wrong command line (64) prints no line, nor does -q.

Exit codes:
  0   the operation succeeded
  1   no access to the backend: it cannot be reached, or it refuses the user and password
  2   an item failed: it does not exist, exists already and differs, is refused by the backend, ...;
      or the output could not be written
  64  the command line is wrong
  130 ended by Ctrl-C

Get:
  alignak-backend-cli list
      All hosts, to ./alignak-object-list-hosts.json
  alignak-backend-cli list -t user -f /tmp
      All users, to /tmp/alignak-object-list-users.json
  alignak-backend-cli list -m
      All host templates, to ./alignak-model-list-hosts.json
  alignak-backend-cli get web-01
      One host, to ./alignak-object-dump-host-web-01.json
  alignak-backend-cli get 'web-01/*'
      One host with all its services
  alignak-backend-cli get -t service web-01/cpu
      One service, to ./alignak-object-dump-service-web-01_cpu.json
  alignak-backend-cli list 'paris-*' web-01
      Some hosts, to ./alignak-object-list-hosts.json
  alignak-backend-cli list -t service 'web-01/*'
      All services of a host, to ./alignak-object-list-services.json

Show:
  alignak-backend-cli list -o table
      All hosts as a table
  alignak-backend-cli list -t service -o wide --where ls_state=CRITICAL --sort -ls_last_check
      The critical services, those checked last first
  alignak-backend-cli list -t service --columns host,name,host.address --where 'host~^web-'
      Fields of services and of their hosts
  alignak-backend-cli list -t history -o table --sort -_created --limit 20
      What happened last
  alignak-backend-cli list -t service -o csv
      All services for a spreadsheet
  alignak-backend-cli get -o yaml web-01
      One host, with all its fields
  alignak-backend-cli list -m -o name
      The names of all host templates

Add:
  alignak-backend-cli add web-01
      A host
  alignak-backend-cli -T linux,web add web-01
      A host from two templates
  alignak-backend-cli -d web-01.json add web-01
      A host with the data of a file
  alignak-backend-cli -t command -d commands.json add
      All the commands of a file
  alignak-backend-cli -d dumps add
      All items of the files in a folder, such as dumps of another backend
  cat bob.json | alignak-backend-cli -t user -d stdin add bob
      A user with the data of standard input
  alignak-backend-cli --json -d hosts.json add
      All the hosts of a file; what became of each as JSON

Update:
  alignak-backend-cli -d change.json update web-01
      The fields in the file; the others stay
  alignak-backend-cli -d change.json update 'paris-*'
      The same fields of several hosts
  alignak-backend-cli -t service -d services.json update
      Every service that the file names

Delete:
  alignak-backend-cli delete web-01
      A host, and its services
  alignak-backend-cli delete web-02 'paris-*'
      Several hosts, and their services
  alignak-backend-cli delete -t service 'web-01/*'
      All services of a host
  alignak-backend-cli -d old-hosts.json delete
      The hosts that a file names
  alignak-backend-cli delete -t service
      All services! Items that every backend has from its start are kept.
  With -c it only says what would be deleted, what goes with it, and what still uses it:
  alignak-backend-cli -c delete -t command old_check
"""
