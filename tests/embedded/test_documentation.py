"""The description of the API, and the page that shows it."""

from __future__ import annotations

import re

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from alignak_backend_client.model import public_resources
from alignak_backend_client.model.descriptions import descriptions_by_resource
from embedded.site import Site


def test_description_is_valid_and_complete(one_site: Site) -> None:
    document = one_site.nobody.get("api-docs").json
    validate(document, cls=OpenAPIV31SpecValidator)
    schemas = document["components"]["schemas"]
    for name, resource in public_resources().items():
        assert set(document["paths"][f"/{name}"]) == {method.lower() for method in resource.collection_methods}
        assert set(document["paths"][f"/{name}/{{id}}"]) == {method.lower() for method in resource.item_methods}
        assert set(resource.fields) <= set(schemas[name]["properties"])
        new = document["paths"][f"/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert new["$ref"] == f"#/components/schemas/{name}"
        assert new.get("required", []) == list(resource.required)


def test_description_explains_resources_and_fields(one_site: Site) -> None:
    definitions = one_site.nobody.get("api-docs").json["components"]["schemas"]
    for name, words in descriptions_by_resource().items():
        if name in public_resources():
            assert definitions[name]["description"] == words.description
            for field in public_resources()[name].fields:
                assert definitions[name]["properties"][field]["description"].startswith(words.fields[field].description)
    fields = definitions["host"]["properties"]
    assert fields["check_interval"]["description"].endswith(" In minutes.")
    assert fields["initial_state"]["description"].endswith(" `o`: UP; `d`: DOWN; `x`: UNREACHABLE.")
    assert fields["check_period"]["description"].endswith(" The id of a timeperiod.")
    assert fields["parents"]["description"].endswith(" The ids of host items.")


def test_page_comes_from_this_server_alone(one_site: Site) -> None:
    page = one_site.nobody.get("docs/index.html")
    assert not re.search(r"https?://|//[a-z]", page.text)
    assert "<script>" not in page.text
    wanted = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert wanted
    for name in wanted:
        answer = one_site.nobody.get(f"docs/{name}")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(("text/css", "text/javascript", "application/javascript"))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
