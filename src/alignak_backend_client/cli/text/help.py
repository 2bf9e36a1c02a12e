"""The help text of the whole command. Those of single actions are derived from it, see :mod:`.action_help`."""

from __future__ import annotations

HELP = """\
alignak-backend-cli: get, add, update and delete the items of an Alignak backend.

Usage:
  alignak-backend-cli [options] [<action>] [<item>...]
  alignak-backend-cli <command> [command options]
  alignak-backend-cli help [<action or command>]
  alignak-backend-cli -V | --version

'help list' (or 'list -h') shows the options and examples of one action.
Options may be before or after the action: -b URL, -b=URL, --backend-url URL, --backend-url=URL.

Actions:
  get <item>...     get an item: print it and write it to a file; with -o, only print it;
                    several items are handled as 'list' does
  list [<item>...]  list all items of a type, or the given ones, to a file (short for 'get -l');
                    with -o, print the list instead
  add [<item>]      add an item, or all items of a data file
  update [<item>...]  update items, or all items of a data file
  delete [<item>...]  delete items, the items of a data file, or all items of a type
  A single word that is neither an action nor a command is the name of an item to add. 'add help' adds a
  host named 'help'.

Commands (run 'alignak-backend-cli <command> -h' for their options):
  ack               acknowledge problems
  apply             change a backend to match a folder of files
  backup            save a whole backend to one file, with ids and live states
  check             find inconsistencies in a backend, and repair them
  completion        print a shell completion script
  diff              show what a folder of files would change in a backend
  downtime          schedule, list and cancel downtimes
  examples          write the example data files to a new folder
  explain           describe types and fields
  export            write the configuration of a backend to a folder, as YAML
  history           show the events of hosts and services
  import            convert Nagios or Shinken configuration to the files of a site
  login             log in once and keep a token, so that no password is needed later
  logout            delete the token of a login
  problems          list unhandled problems, worst first
  profile           manage profiles: named connection settings
  recheck           check hosts and services now
  restore           load a backup into a backend
  serve             run the embedded backend as a server
  status            count hosts and services by state and realm; show the daemons
  tree              show realms, templates, hosts or groups as a tree
  unack             remove acknowledgements
  validate          check the files of a site without a backend
  watch             show unhandled problems and keep the list up to date
  why               show where the values of an item come from

Items:
  Items are given by name. A service is 'host/service'; 'host/*' means all services of a host.
  Items without a name, such as history entries, are given by their _id.
  get, list, update and delete take several items, and patterns ('*' matches any text, '?' one character):
  'paris-*', 'paris-*/disk*'. Patterns match templates only with -m. Quote patterns for the shell.
  A pattern that is the exact name of an item means that item only.

Options:
  -t, --type=TYPE          type of the items: host, service, user, command, ... [default: host]
  -d, --data=FILE          JSON file with the data of an item or a list of items; 'stdin' reads
                           standard input; add, update: also a folder of such files, named by type
      --ignore-unknown     add: drop fields, and links by id, that the backend does not know
  -T, --template=NAMES     templates of the new item, separated by commas
  -f, --folder=FOLDER      folder to read data files from and to write files to
                           [default: the current folder]
  -l, --list               get a list of items
  -m, --model              templates instead of real items (host, service, user): list, match and delete
                           templates only
  -e, --embedded           include linked items as objects, not only their names
  -i, --include-read-data  update: also send the data that the backend already has
  -c, --check              dry run: show what would be done; change nothing and write no file
  -o, --output=FORMAT      get, list: print the items instead of writing a file; FORMAT is table, wide,
                           json, yaml, csv, ndjson or name
      --columns=FIELDS     fields to show, separated by commas; fields of linked items work too:
                           name,host.address
      --where=FILTER       list: only items that match; repeat it to combine filters (all must match)
      --sort=FIELDS        list: sort by these fields, separated by commas; -FIELD sorts in descending order
      --limit=NUMBER       list: only the first NUMBER items
      --no-headers         omit the header line of tables and CSV
      --json               add, update, delete: print one JSON object per item with its result
  -y, --yes                delete without confirmation. On a terminal, delete asks before it deletes
                           several items, or an item that others use; elsewhere it never asks
  -v, --verbose            print each step
  -q, --quiet              print nothing, not even errors; check the exit code
  -h, --help               show this help
  -V, --version            show the version

Access to the backend:
  -b, --backend-url=URL    URL of the backend [default: http://127.0.0.1:5000]
  -u, --username=NAME      login name [default: admin]
  -p, --password=PASSWORD  password [default: admin]; '-' prompts for it, or reads a line from standard
                           input
      --profile=NAME       use the settings of this profile; see the command 'profile'
  Options take precedence over the environment (ALIGNAK_BACKEND_URL, ALIGNAK_BACKEND_USERNAME,
  ALIGNAK_BACKEND_PASSWORD, ALIGNAK_BACKEND_PROFILE), and the environment over the profile. Without a
  password, the token of 'alignak-backend-cli login' is used. Other users of this machine can see the
  options of a running command, but not its environment.

Connection:
      --ca-file=FILE       CA certificates (PEM) to trust, for a backend with a certificate of your own;
                           certificate checks cannot be turned off
      --certificate=FILE   client certificate and its key (PEM)
      --timeout=SECONDS    timeout for a connection and for a response [default: 10 and 120]
      --retries=NUMBER     retries when the connection breaks or the server is busy; a write is repeated
                           only after the client has checked that it did not succeed
                           [default: 6]
      --jobs=NUMBER        maximum number of parallel requests for lists [default: 4]

Links:
  In data files and dumps, a link to another item is its name: "check_command": "_echo". Ids work too.
  'add' and 'update' accept what 'get' and 'list' write.

Exit codes:
  0   success
  1   no access: the backend cannot be reached, or it rejects the user or password
  2   an item failed: it does not exist, exists already and differs, is rejected by the backend, ...;
      or the output could not be written
  64  wrong usage: the command line is invalid
  130 interrupted by Ctrl-C
"""
