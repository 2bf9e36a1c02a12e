"""The help text: what goes for every action. That of one action is made from it, see :mod:`.action_help`."""

from __future__ import annotations

HELP = """\
alignak-backend-cli: get, add, update and delete the items of an Alignak backend.

Usage:
  alignak-backend-cli [options] [<action>] [<item>...]
  alignak-backend-cli <command> [options of the command]
  alignak-backend-cli help [<action or command>]
  alignak-backend-cli -V | --version

'help list' (or 'list -h') says what goes with that action: its options, and examples that run.
Options may stand anywhere, before or after the action: -b URL, -b=URL, --backend-url URL, --backend-url=URL.

Actions:
  get <item>...     get an item: print it and write it to a file; with -o only print it;
                    of several the list
  list [<item>...]  get the list of all items of a type, or of some: write it to a file (short for
                    'get -l'); with -o print it
  add [<item>]      add an item, or the items of a data file
  update [<item>...]  update items, or the items of a data file
  delete [<item>...]  delete items, those of a data file, or all items of a type
  A single word that is no action or command is the name of an item to add: 'add help' adds a host of that name.

Commands, which have options of their own (alignak-backend-cli <command> -h):
  ack               acknowledge problems
  backup            write all that a backend has to one file, with ids and live states
  completion        print what makes a shell complete command lines
  diff              show what a folder of files would change in a backend
  downtime          request downtimes, list and end them
  examples          write the example data files to a new folder
  explain           say what types and fields are for
  export            write the whole configuration of a backend to a folder, as YAML
  history           tell what happened to hosts and services
  import            turn configuration files of Nagios or Shinken into the files of a site
  login             log in once: later commands need no password
  logout            forget what login keeps
  problems          list what is wrong now, worst first
  profile           keep named ways to backends: URL, user and the like
  recheck           have hosts and services checked now
  restore           put what backup has written into a backend
  serve             run a backend for others
  status            hosts and services by state, in each realm; daemons of the engine
  tree              realms, templates, hosts or groups as a tree, and what hangs on them
  unack             take acknowledgements back
  validate          judge the files of a site, without a backend
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
                           standard input; add, update: a folder of such files, named by their types
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
  -v, --verbose            print each step
  -q, --quiet              print nothing, not even errors: only the exit code tells the result
  -h, --help               show this help
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

Exit codes:
  0   the operation succeeded
  1   no access to the backend: it cannot be reached, or it refuses the user and password
  2   an item failed: it does not exist, exists already and differs, is refused by the backend, ...;
      or the output could not be written
  64  the command line is wrong
  130 ended by Ctrl-C
"""
