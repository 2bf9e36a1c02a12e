"""Tests that fail over FerretDB, by name, each with its reason. One that passes has to leave the list."""

from __future__ import annotations

from typing import Final

from servers.ferretdb import over_postgresql

_HOSTILE = "tests/security/test_hostile_input.py::"
_ODD = _HOSTILE + "test_filters_that_are_odd_but_right"
_ELEMENTS = "FerretDB finds no elements of a list by their fields"
_ENDLESS = _HOSTILE + "test_a_regular_expression_that_never_ends_is_stopped"
_LINEAR = "FerretDB's regular expressions all end soon"
_DOTS = "FerretDB stores no keys with dots"
_EQUAL = "FerretDB takes objects for equal that have the same values under other keys, and does not set the new one"

#: What FerretDB itself does not do as MongoDB does. A failure of ours is mended, not listed.
_FAILURES: Final = {
    _ODD + r'[{"name":{"$regex":"((a{1,200})]': "FerretDB's regular expressions repeat at most 1,000 times",
    _ODD + r'[{"customs.LIST":{"$elemMatch":]': _ELEMENTS,
    _ENDLESS + "[(a|aa)+$b]": _LINEAR,
    _ENDLESS + "[^(a+)+$b|(a|a)*c]": _LINEAR,
    "tests/conformance/test_queries.py::test_elements_of_a_list": _ELEMENTS,
    "tests/conformance/test_validation.py::test_keys_with_dots_inside_of_objects_stay": _DOTS,
    "tests/embedded/test_free_form.py::test_keys_with_dots_stay[ferretdb]": _DOTS,
    "tests/embedded/test_free_form.py::test_templates_pass_keys_with_dots_on[ferretdb]": _DOTS,
    "tests/embedded/test_merged_fields.py::test_a_restored_dump_inherits_as_before[ferretdb]": _EQUAL,
}

_OVER_POSTGRESQL: Final = {
    "tests/embedded/test_pages_as_text.py::test_pages_are_the_same_either_way[ferretdb]": "PostgreSQL stores no NUL",
}


def failures() -> dict[str, str]:
    """Return the names of the tests, and the reasons."""
    return {**_FAILURES, **_OVER_POSTGRESQL} if over_postgresql() else _FAILURES
