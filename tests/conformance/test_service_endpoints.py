"""URLs that are not resources, and how unknown ones are refused."""

from __future__ import annotations

import pytest

from conformance.world import World, is_error_json
from servers.running import PAGE_ORIGIN, RunningBackend

PUBLIC = [
    *("actionacknowledge", "actiondowntime", "actionforcecheck", "alignak", "alignakdaemon", "alignakretention"),
    *("command", "grafana", "graphite", "history", "host", "hostdependency", "hostescalation", "hostgroup", "influxdb"),
    *("livesynthesis", "logcheckresult", "realm", "service", "servicedependency", "serviceescalation", "servicegroup"),
    *("statsd", "timeperiod", "user", "usergroup", "userrestrictrole"),
]


def test_root_lists_the_public_resources(world: World) -> None:
    answer = world.caller.get("")
    assert answer.status == 200
    assert answer.json == {"_links": {"child": [{"href": name, "title": name} for name in PUBLIC]}}


@pytest.mark.parametrize("path", ["", "host", "user"])
def test_root_and_resources_need_a_login(world: World, path: str) -> None:
    assert is_error_json(world.caller.nobody().get(path), 401)


def test_backendconfig_gives_the_page_sizes_to_anybody(world: World) -> None:
    answer = world.caller.nobody().get("backendconfig")
    assert answer.status == 200
    assert answer.json | {"PAGINATION_LIMIT": 5000, "PAGINATION_DEFAULT": 50} == answer.json


def test_version_is_given_to_anybody(world: World) -> None:
    answer = world.caller.nobody().get("version")
    assert answer.status == 200
    assert answer.json == {"version": "1.4.16"}


def test_docs_lead_to_a_page(world: World) -> None:
    answer = world.caller.nobody().get("docs")
    assert answer.status == 302
    assert answer.headers["location"].endswith("/docs/index.html")
    page = world.caller.nobody().get("docs/index.html")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")


def test_api_docs_describe_every_public_resource(world: World, backend: RunningBackend) -> None:
    answer = world.caller.nobody().get("api-docs")
    assert answer.status == 200
    document = answer.json
    assert document.get("swagger" if backend.is_real else "openapi") == ("2.0" if backend.is_real else "3.1.0")
    paths = set(document["paths"])
    assert {"/" + name for name in PUBLIC} <= {path.rstrip("/") for path in paths}


def test_synthesis_history_is_taken_by_cron_for_anybody(world: World) -> None:
    answer = world.caller.nobody().get("cron_livesynthesis_history")
    assert answer.status == 200
    assert answer.json == {}


def test_grafana_cron_has_nothing_to_do_without_grafana(world: World) -> None:
    answer = world.caller.nobody().get("cron_grafana")
    assert answer.status == 200
    assert answer.json == {}


@pytest.mark.parametrize("path", ["cron_alignak", "cron_timeseries"])
def test_jobs_by_cron_need_no_login(world: World, path: str) -> None:
    # The released backend does the job, and then fails to answer.
    assert world.caller.nobody().get(path).status == world.sane(real=500, sane=200)


@pytest.mark.parametrize("path", ["alignak_backend/app.py", "alignak_backend/settings.json"])
def test_files_of_the_backend_are_not_served(world: World, path: str) -> None:
    assert world.caller.get(path).status in world.sane(real=(200, 404), sane=(404,))


def test_media_is_never_found(world: World) -> None:
    assert world.caller.get("media/" + "0" * 24).status == 404


@pytest.mark.parametrize("resource", ["alignak_notifications", "livesynthesisretention", "timeseriesretention"])
def test_internal_resources_have_no_url(world: World, resource: str) -> None:
    assert is_error_json(world.caller.get(resource), 404)


@pytest.mark.parametrize("path", ["nothing", "host/one/two", "host/" + "0" * 23, "host/" + "A" * 24, "host/_dummy"])
def test_unknown_url_is_404_before_the_login(world: World, path: str) -> None:
    assert is_error_json(world.caller.nobody().get(path), 404)


def test_wrong_verb_is_405_before_the_login(world: World) -> None:
    nobody = world.caller.nobody()
    assert is_error_json(nobody.call("PUT", "host", {}), 405)
    assert is_error_json(nobody.call("PATCH", "host", {}), 405)
    assert is_error_json(nobody.call("POST", f"host/{world.dummy}", {}), 405)
    assert is_error_json(nobody.call("PUT", f"host/{world.dummy}", {}), 405)
    assert nobody.get("logout").status == 405
    assert nobody.get("login").status == 405


def test_trailing_slash_is_accepted(world: World) -> None:
    assert world.caller.get("host/").json["_items"] == world.caller.get("host").json["_items"]
    host = world.caller.post("host/", world.complete("host"))
    world.remember("host", host)
    assert host.status == 201


def test_answers_to_a_page_of_another_origin_have_cors_headers(world: World) -> None:
    answer = world.caller.call("GET", "host", headers={"Origin": PAGE_ORIGIN})
    assert answer.headers["access-control-allow-origin"] == PAGE_ORIGIN
    assert "origin" in answer.headers["vary"].lower()
    assert answer.headers["access-control-max-age"] == "21600"
    assert {"GET", "POST", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))
    assert {"Authorization", "Content-Type", "If-Match"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )


def test_a_page_of_another_origin_may_ask_first_what_it_may_do(world: World) -> None:
    headers = {"Origin": PAGE_ORIGIN, "Access-Control-Request-Method": "PATCH"}
    for path in ("host", f"host/{world.dummy}"):
        answer = world.caller.nobody().call("OPTIONS", path, headers=headers)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == PAGE_ORIGIN
        assert "GET" in answer.headers["access-control-allow-methods"]
        assert "If-Match" in answer.headers["access-control-allow-headers"]


def test_options_needs_no_login(world: World) -> None:
    assert world.caller.nobody().call("OPTIONS", "host").status == 200
    assert world.caller.nobody().call("OPTIONS", f"host/{world.dummy}").status == 200


def test_head_is_get_without_a_body(world: World) -> None:
    answer = world.caller.call("HEAD", "host")
    assert answer.status == 200
    assert answer.text == ""
    assert answer.headers["x-total-count"] == world.caller.get("host").headers["x-total-count"]
