#!/bin/sh
# The manual's checks-pack procedure on an embedded backend, from nothing to a monitored Windows host.
# Run it with `make demo`. It writes into a folder of its own, which is gone afterwards.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$(dirname "$0")" "$work/examples"
cd "$work"
export ALIGNAK_BACKEND_URL="embedded:$work/demo.db"

title() { printf '\n=== %s\n' "$1"; }
run() {
    printf '\n$ alignak-backend-cli'
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    alignak-backend-cli "$@"
}

title "A backend is a database file, no server. Install a checks pack: commands, templates of users, hosts and services"
run -t command -d examples/checks-pack-commands.json add
run -t user -d examples/checks-pack-users-templates.json add
run -t host -d examples/checks-pack-hosts-templates.json add
run -t service -d examples/checks-pack-services-templates.json add

title "Add a host from a template: the backend gives it the services of the template"
run -T windows-passive-host add host_test
run -t service list 'host_test/*'
python3 - "alignak-object-list-services.json" <<'PYTHON'
import json, sys
services = json.load(open(sys.argv[1], encoding="utf-8"))
for service in sorted(services, key=lambda one: one["name"]):
    print(f"    {service['host']}/{service['name']:<22} {service['ls_state']:<9} check: {service['check_command']}")
PYTHON

title "Add a host with data of its own"
run -d examples/example_host_data.json add host_test_2

title "A dry run shows what would be done, and changes nothing"
run -c delete host_test_2

title "The host answers: its live state, then a check result"
now=$(date +%s)
sed -i "s/1767261900/$now/; s/1767261600/$((now - 300))/" examples/example_*.json
run -d examples/example_host_livestate.json update host_test
run -t logcheckresult -d examples/example_service_checkresult.json add
run -q -t service get host_test/cpu
python3 - "alignak-object-dump-service-host_test_cpu.json" <<'PYTHON'
import json, sys
service = json.load(open(sys.argv[1], encoding="utf-8"))
print(f"    {service['host']}/{service['name']} is {service['ls_state']}: {service['ls_output']}")
PYTHON

title "The site as files for git, and their validation without a backend"
run export site
run validate site
sed -i 's/^- name: host_test_2$/&\n  display_name: Kept in git/' site/host/host_test_2.yml
run diff site || echo "    (exit code $?)"
run apply site --yes

title "Errors suggest what to do"
run -t hots list || echo "    (exit code $?)"
run get no_such_host || echo "    (exit code $?)"

title "The overall status, and unhandled problems"
run status
run problems

title "What a field means, and where the value of a host comes from"
run explain host.freshness_threshold
run why host_test_2 freshness_threshold check_command alias

title "Done. The same commands work on a real backend: -b http://127.0.0.1:5000"
