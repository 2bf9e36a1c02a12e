"""Objects whose content the data model leaves open."""

from __future__ import annotations

from embedded.site import Site


def test_keys_with_dots_stay(site: Site) -> None:
    customs = {"_V": "1", "_V.y": "2", "a.b": [{"c.d": {"e.f": 1}}]}
    host = site.new("host", customs=customs)
    assert site.read("host", host)["customs"] == customs
    assert site.patch("host", site.read("host", host), {"customs": {"_V.z": {"q.r": 3}}}).status == 200
    assert site.read("host", host)["customs"] == customs | {"_V.z": {"q.r": 3}}
    assert site.patch("host", site.read("host", host), {"customs.x.y": 4}).status == 200
    assert site.read("host", host)["customs"] == customs | {"_V.z": {"q.r": 3}, "x": {"y": 4}}


def test_templates_pass_keys_with_dots_on(site: Site) -> None:
    template = site.new("host", _is_template=True, customs={"_V.y": "1", "_V": "2"})
    host = site.new("host", _templates=[template["_id"]], customs={"_V.z": "3"})
    assert site.read("host", host)["customs"] == {"_V.y": "1", "_V": "2", "_V.z": "3"}
