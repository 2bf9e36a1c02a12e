"""The grammar of configuration files, without any file: definitions, templates, expressions, lists of elements."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alignak_backend_client.site.cfg.duplicating import Element, TooManyElementsError, expand_macros, parse_elements
from alignak_backend_client.site.cfg.expressions import ExpressionError, evaluate, match_names
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Parsed, parse
from alignak_backend_client.site.cfg.templates import Templates


def parsed(text: str) -> tuple[Parsed, list[tuple[str, int | None, str]]]:
    """The content of a text, and its findings."""
    findings = Findings()
    found = parse(text, "x.cfg", findings)
    return found, [(one.kind, one.line, one.reason) for one in findings.sorted()]


def attributes(text: str) -> dict[str, str | None]:
    """The attributes of the only definition of a text."""
    found, reported = parsed(text)
    assert reported == []
    (definition,) = found.definitions
    return {name: value.text for name, value in definition.values.items()}


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("host_name web1", "host_name", "web1"),
        ("\thost_name\t \tweb 1 \t", "host_name", "web 1"),
        ("host_name web1 ; the first", "host_name", "web1"),
        ("host_name web1;the first", "host_name", "web1"),
        (r"command_line a\;b ; c", "command_line", "a;b"),
        ("command_line a # b", "command_line", "a # b"),
        ("command_line a \\\n    -b \\\n\t-c", "command_line", "a -b -c"),
        ("command_line awk '{print}'", "command_line", "awk '{print}'"),
        ("notes", "notes", ""),
        ("contacts null", "contacts", None),
        ("_Community public", "_COMMUNITY", "public"),
        ("pager +33 1", "pager", "+33 1"),
        ("Host_Name web1", "host_name", "web1"),
        ("service_description Filesystem C:\\\\", "service_description", "Filesystem C:\\"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_attribute_is_read(line: str, name: str, text: str | None, end: str) -> None:
    block = f"# c\n; c\ndefine host {{\n  {line}\n}}\n".replace("\n", end)
    assert attributes(block) == {name: text}


@pytest.mark.parametrize(
    ("line", "days", "times"),
    [
        ("monday 09:00-12:00, 13:00-17:00", "monday", "09:00-12:00, 13:00-17:00"),
        ("day 1 - 15 / 2   00:00-24:00", "day 1 - 15 / 2", "00:00-24:00"),
        ("2026-01-01 - 2026-02-01 00:00-24:00", "2026-01-01 - 2026-02-01", "00:00-24:00"),
        ("alias 08:00 to 09:00", "alias", "08:00 to 09:00"),
        ("exclude a,b", "exclude", "a,b"),
    ],
)
def test_days_of_time_periods_have_several_words(line: str, days: str, times: str) -> None:
    assert attributes(f"define timeperiod{{\n{line}\n}}") == {days: times}


def test_settings_macros_and_lines() -> None:
    found, reported = parsed(
        "a=1\n\n cfg_dir = x y \n$USER1$=s=cret\ndefine host { host_name a }\ndefine\thost{\nuse b\n}\n"
    )
    assert [(one.name, one.value, one.line) for one in found.settings] == [("a", "1", 1), ("cfg_dir", "x y", 3)]
    assert found.macros == {"$USER1$": 4}
    assert [(one.type, one.line, one.label) for one in found.definitions] == [("host", 5, "a"), ("host", 6, "")]
    assert found.definitions[1].values["use"].line == 7
    assert reported == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("define host {\nhost_name a\n", 1, "define host is not closed: a line with a } is missing"),
        ("define host {\ndefine host {\n}\n", 1, "define host is not closed: a line with a } is missing"),
        ("\n}\n", 2, "a } without a 'define'"),
        ("define host a\n{\n}\n", 1, "define host: missing { after it"),
        ("host {\nx\ny\n}\n" * 5, 10, "not a configuration file: the rest of it is skipped"),
        ("root:x:0:0:secret\n", 1, "neither 'define TYPE {', nor 'name=value', nor '$MACRO$=value'"),
    ],
)
def test_errors_have_lines(text: str, line: int, reason: str) -> None:
    reported = parsed(text)[1]
    assert ("error", line, reason) in reported
    assert "secret" not in str(reported)


def test_the_brace_may_have_a_line_of_its_own() -> None:
    assert attributes("define host\n{\nhost_name a\n}\n") == {"host_name": "a"}


def test_duplicate_attributes() -> None:
    found, reported = parsed("define host {\nalias a\nalias b\nservice_overrides a,b 1\nservice_overrides c,d 2\n}")
    assert reported == [("lost", 3, "'alias': duplicate, first in line 2: the last one is used")]
    assert found.definitions[0].text("alias") == "b"
    assert found.definitions[0].text("service_overrides") == "a,b 1\nc,d 2"


@given(st.text(alphabet="adefinehost{}\\;#= \t\n\r$!_+,", max_size=200))
@example("} define host {}")
@example("}\ndefine host {}")
def test_no_text_breaks_the_parser(text: str) -> None:
    parsed(text)
    parsed(f"define host {{{text}}}")
    parsed(f"define host {{\n{text}\n}}")


def resolve_secrets(text: str, which: int = -1) -> tuple[dict[str, str | None], list[str]]:
    """The attributes of one of the definitions, with what it inherits; and the findings."""
    findings = Findings()
    definitions = parse(text, "x.cfg", findings).definitions
    templates = Templates(definitions, findings)
    values = templates.resolve(definitions[which])
    return {name: value.text for name, value in values.items()}, [one.reason for one in findings.sorted()]


def blocks(*bodies: str) -> str:
    return "".join(f"define host {{\n{body.replace('|', chr(10))}\n}}\n" for body in bodies)


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (("name a|alias A|register 0", "use a|host_name h"), {"alias": "A", "host_name": "h"}),
        (("name a|alias A", "use a|alias H"), {"alias": "H"}),
        # Of several, the first one counts.
        (("name a|alias A", "name b|alias B|notes B", "use a,b"), {"alias": "A", "notes": "B"}),
        (("name a|use b", "name b|alias B", "use a"), {"alias": "B"}),
        # Depth first: what a inherits counts more than what b says.
        (("name a|use c", "name b|alias B", "name c|alias C", "use a,b"), {"alias": "C"}),
        (("name a|contacts x,y", "use a|contacts +z"), {"contacts": "z,x,y"}),
        (("name a|contacts +x", "name b|contacts y", "use a,b|contacts +z"), {"contacts": "z,x,y"}),
        (("name a|contacts x", "name b|contacts y", "use a,b|contacts +z"), {"contacts": "z,x"}),
        (("name a|contacts x", "use a|contacts null"), {"contacts": None}),
        (("name a|contacts null", "name b|contacts x", "use a,b"), {"contacts": None}),
        (("name a|_X 1", "use a|_Y 2"), {"_X": "1", "_Y": "2"}),
    ],
)
def test_inherited_values(bodies: tuple[str, ...], expected: dict[str, str | None]) -> None:
    assert resolve_secrets(blocks(*bodies)) == (expected, [])


def test_cycles_and_unknown_templates_are_reported() -> None:
    found, reported = resolve_secrets(blocks("name a|use b|alias A", "name b|use a|notes B", "use a,none|host_name h"))
    assert found == {"alias": "A", "notes": "B", "host_name": "h"}
    assert reported == ["use: it uses itself through 'a'", "use: there is no host template 'none'"]


def test_templates_that_are_too_deep_or_many_end() -> None:
    deep = blocks(*(f"name t{n}|use t{n + 1}" for n in range(5000)), "name t5000|alias A")
    assert "more than 62 templates above each other" in resolve_secrets(deep, 0)[1][0]
    # Diamonds would double a list on each level.
    wide = [f"name t{n}a|use t{n + 1}a,t{n + 1}b|contacts +x{n}" for n in range(60)]
    wide += [f"name t{n}b|use t{n + 1}a,t{n + 1}b|contacts +y{n}" for n in range(60)]
    found, reported = resolve_secrets(blocks(*wide, "name t60a|contacts +z", "name t60b|contacts +z"), 0)
    assert reported == []
    assert len((found["contacts"] or "").split(",")) == 120


GROUPS = {"a": ["1", "2"], "b": ["2", "3"], "c d": ["4"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a&b", "2"), ("a|b", "123"), ("a&!b", "1"), ("!a", "345"), ("a|b&c d", "12"), ("(a|b)&!(a&b)", "13"),
        (" ( c d ) ", "4"), ("!!a", "12"),
    ],
)  # fmt: skip
def test_expressions(text: str, expected: str) -> None:
    assert "".join(sorted(evaluate(text, GROUPS.get, "12345"))) == expected


@pytest.mark.parametrize("text", ["a&", "&a", "(a", "a)", "a&nothing", "", "()", "(" * 1000 + "a" + ")" * 1000])
def test_invalid_expressions(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text, GROUPS.get, "12345")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^web", ["web1", "web.2"]), ("web[0-9]+$", ["web1"]), (".*b.*", ["web1", "web.2", "db"]), ("b$", ["db"]),
        (r"web\.", ["web.2"]), ("w?b", ["web1", "web.2", "db"]), (".*", ["web1", "web.2", "db"]), (r"b\.*$", ["db"]),
        ("(a|b)+", None), ("*b", None), ("[z-a]", None), ("a?a?a?", None), ("a*" * 9, None), ("x" * 300, None),
    ],
)  # fmt: skip
def test_regular_expressions(text: str, expected: list[str] | None) -> None:
    assert match_names(text, ["web1", "web.2", "db"]) == expected


def test_elements_of_a_list() -> None:
    assert parse_elements("C, D$(80%)$$(9,0)$, $x", "$(70%)$") == [
        Element("C", ("70%",)), Element("D", ("80%", "9,0")), Element("$x", ("70%",)),
    ]  # fmt: skip
    assert [one.key for one in parse_elements("Unit [1-2] Port [0-1], a, a")] == [
        "Unit 1 Port 0", "Unit 1 Port 1", "Unit 2 Port 0", "Unit 2 Port 1", "a",
    ]  # fmt: skip
    assert parse_elements("") == []
    assert (
        expand_macros("$KEY$ $VALUE$ $VALUE2$ $VALUE3$ $HOSTNAME$", Element("D", ("80%", "90%")))
        == "D 80% 90%  $HOSTNAME$"
    )


def test_lists_that_are_none_or_too_long() -> None:
    with pytest.raises(ValueError, match=r"^$"):
        parse_elements("a$(1)$b")
    for text in ("[1-999999]", "[0-99][0-99][0-99]", ",".join(map(str, range(20_000)))):
        with pytest.raises(TooManyElementsError):
            parse_elements(text)


@given(st.text(alphabet="ab,$()[]-1 %", max_size=60), st.text(alphabet="$()%1", max_size=20))
def test_no_list_breaks(text: str, default: str) -> None:
    try:
        found = parse_elements(text, default)
    except ValueError:
        return
    assert all(one.key for one in found)
