"""Every resource and method, for everybody from nobody to a super administrator: one table of answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alignak_backend_client.model import public_resources
from embedded.conftest import NewSite
from embedded.site import Site
from security.people import PEOPLE, Town, ask

#: One row a request: for most resources, then for those that differ.
#: Columns: nobody, a wrong token, a user without rights, one with a read right elsewhere, one with all rights here, and
#: a super administrator. ``+``: the item is in the list, or deleted.
TABLE = """
list           401 401 200- 200- 200+ 200+
list           401 401 200- 200- 200- 200+ realm userrestrictrole alignakretention
head           401 401 200  200  200  200
create         401 401 401  401  201  201
create         401 401 403  403  201  201  actionacknowledge actiondowntime actionforcecheck
create         401 401 401  401  401  201  user userrestrictrole
create there   401 401 401  401  401  201
create there   401 401 403  403  401  201  actionacknowledge actiondowntime actionforcecheck
create there   401 401 401  401  201  201  alignakretention
create many    401 401 401  401  201  201
create many    401 401 403  403  201  201  actionacknowledge actiondowntime actionforcecheck
create many    401 401 401  401  401  201  user userrestrictrole
get            401 401 404  404  200  200
get            401 401 404  404  404  200  realm userrestrictrole alignakretention
head item      401 401 404  404  200  200
head item      401 401 404  404  404  200  realm userrestrictrole alignakretention
patch          401 401 401  401  200  200
patch          401 401 403  403  200  200  actionacknowledge actiondowntime actionforcecheck
patch          401 401 401  401  404  200  realm alignakretention
patch          401 401 404  404  404  200  user
patch          401 401 401  401  401  200  userrestrictrole
patch by post  401 401 401  401  200  200
patch by post  401 401 403  403  200  200  actionacknowledge actiondowntime actionforcecheck
patch by post  401 401 401  401  404  200  realm alignakretention
patch by post  401 401 404  404  404  200  user
patch by post  401 401 401  401  401  200  userrestrictrole
put            405 405 405  405  405  405
put            401 401 401  401  404  200  alignakretention
delete         401 401 401  401  204  204
delete         401 401 401  401  404  204  realm alignakretention
delete         401 401 401  401  401  204  user userrestrictrole
delete many    401 401 401  401  200+ 200+
delete many    401 401 401  401  200- 200+ realm alignakretention
delete many    401 401 401  401  401  200+ user userrestrictrole
options        200 200 200  200  200  200
options item   200 200 200  200  200  200
clear          401 401 401  401  204  204
clear          401 401 401  401  401  204  user userrestrictrole
"""
# Why some cells are as they are:
# - realm: the right of the one who has all rights here does not reach down, and the item is a realm below.
# - alignakretention: has no realm, and everybody's is their own.
# - user: everybody may change themselves, so another user is not found rather than forbidden.
# - actions: can_submit_commands is asked first, and 403 is what the released backend says.
# - put, and other methods that are not there: 405 before anything else, as in the released backend.

#: The same for all resources: a few are enough.
ALIKE = """
put all        405 405 405 405 405 405
patch all      405 405 405 405 405 405
post on item   405 405 405 405 405 405
no such item   401 401 404 404 404 404
no such url    404 404 404 404 404 404
"""

SERVICE = """
GET     /                            401 401 200 200 200 200
POST    /                            405 405 405 405 405 405
GET     /login                       405 405 405 405 405 405
POST    /login                       401 401 401 401 401 401
POST    /logout                      200 200 200 200 200 200
GET     /logout                      405 405 405 405 405 405
GET     /backendconfig               200 200 200 200 200 200
GET     /version                     200 200 200 200 200 200
GET     /docs                        302 302 302 302 302 302
GET     /docs/index.html             200 200 200 200 200 200
GET     /api-docs                    200 200 200 200 200 200
GET     /cron_alignak                200 200 200 200 200 200
GET     /cron_timeseries             200 200 200 200 200 200
GET     /cron_grafana                200 200 200 200 200 200
GET     /cron_livesynthesis_history  200 200 200 200 200 200
POST    /search                      404 404 404 404 404 404
POST    /query                       404 404 404 404 404 404
GET     /alignak_backend/app.py      404 404 404 404 404 404
GET     /media/000000000000000000000000 404 404 404 404 404 404
GET     /alignak_notifications       404 404 404 404 404 404
GET     /livesynthesisretention      404 404 404 404 404 404
GET     /timeseriesretention         404 404 404 404 404 404
"""


def rows(table: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """What is asked, the answers, and the resources that the row is about (none: all others)."""
    for line in table.strip().splitlines():
        words = line.split()
        first = next(index for index, word in enumerate(words) if word[:3].isdigit() and len(word) <= 4)
        yield " ".join(words[:first]), words[first : first + len(PEOPLE)], words[first + len(PEOPLE) :]


def expected(resource: str) -> dict[str, list[str]]:
    return {what: answers for what, answers, only in rows(TABLE) if not only or resource in only}


@pytest.mark.parametrize("resource", public_resources())
def test_resources(resource: str, new_site: NewSite) -> None:
    town = Town(new_site())
    wanted = expected(resource)
    found = {what: [ask(town, who, what, resource) for who in PEOPLE] for what in wanted}
    town.site.close()
    assert found == wanted


@pytest.mark.parametrize("resource", ["host", "user", "alignakretention"])
def test_endpoints_alike_for_all(resource: str, new_site: NewSite) -> None:
    town = Town(new_site())
    wanted = {what: answers for what, answers, _ in rows(ALIKE)}
    if resource == "alignakretention":
        del wanted["put all"]
    found = {what: [ask(town, who, what, resource) for who in PEOPLE] for what in wanted}
    assert found == wanted
    town.site.close()


def test_service_endpoints(site: Site) -> None:
    town = Town(site)
    wanted = {what: answers for what, answers, _ in rows(SERVICE)}
    found = {what: [str(town.callers[who].call(*what.split()).status) for who in PEOPLE] for what in wanted}
    assert found == wanted


def test_history_of_the_synthesis_is_not_for_everybody_elsewhere(site: Site) -> None:
    # Each request fills the disk.
    town = Town(site)
    statuses = []
    for who in PEOPLE:
        token = town.callers[who].token
        headers = {"Authorization": token} if token else {}
        for address in ("192.0.2.1", "2001:db8::1", "", "::ffff:192.0.2.1"):
            answer = site.send("GET", "cron_livesynthesis_history", headers=headers, address=address)
            statuses.append((who, answer.status))
    assert {status for who, status in statuses if who != "admin"} == {401}
    assert {status for who, status in statuses if who == "admin"} == {200}


def test_users_and_themselves(site: Site) -> None:
    town = Town(site)
    for who in ("no right", "other realm", "chief"):
        caller, path = town.callers[who], f"user/{town.users[who]}"
        assert [found["_id"] for found in caller.items("user", where={"_id": town.users[who]})] == [town.users[who]]
        assert caller.get(path).status == 200
        assert caller.patch(path, {"alias": "me"}).status == 200
        assert caller.patch(path, {"skill_level": 2}).status == 401
        assert caller.delete(path).status == 401
        other = f"user/{town.users['other realm' if who == 'chief' else 'chief']}"
        etag = site.admin.get(other).json["_etag"]
        assert caller.get(other).status == 404
        assert caller.patch(other, {"alias": "me"}, etag).status == 404
        assert caller.delete(other, etag).status == 401
