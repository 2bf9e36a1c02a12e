"""Random documents, filters, sorts and projections, small enough to meet each other often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from alignak_backend_embedded.store.object_id import ObjectId

IDS = [ObjectId(f"{number:024x}") for number in (1, 2, 0xAB)]
DATES = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days, milliseconds=days) for days in (-40000, 0, 1)]
TEXTS = [
    "",
    "a",
    "ab",
    "b",
    "B",
    "a\nb",
    "é",
    "\U0001f600",
    "1",
    "null",
    "[1]",
    '{"a":1}',
    "\U0010ffff",
    "\U0010ffffo",
    "\x01",
]
NUMBERS = [0, 1, 2, 3, -1, -7, 1.0, 0.5, -2.5, 0.1, 2**31, 2**53 + 1, 1e300]
FIELDS = ["a", "b", "a.b", "a.c", "b.a", "name", "_is_template", "_templates", "_id"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.sampled_from(IDS),
    st.sampled_from(DATES),
)
objects = st.dictionaries(st.sampled_from(["a", "b", "c"]), scalars, max_size=2)
values = st.one_of(
    scalars,
    scalars,
    st.lists(scalars, max_size=3),
    objects,
    st.lists(objects, max_size=2),
    st.dictionaries(
        st.sampled_from(["b", "c"]), st.one_of(scalars, st.lists(scalars, max_size=2), objects), max_size=2
    ),
    st.lists(st.one_of(scalars, st.lists(scalars, max_size=2), objects), max_size=3),
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": values,
        "name": scalars,
        "_is_template": scalars,
        "_templates": st.one_of(st.lists(st.sampled_from(IDS), max_size=2, unique=True), values),
    },
)
regexes = st.sampled_from(["a", "^a", "^ab?", "^a|b", "b$", "^a.b$", "^[ab]+$", "", "(?i)B", "[^a]"])


def _with(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {name: value}


def operators(operands: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return strategies for one operator and its operand."""
    one = [operands.map(_with(name)) for name in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")]
    many = [st.lists(operands, max_size=3).map(_with(name)) for name in ("$in", "$nin", "$all")]
    return st.one_of(
        *one,
        *one,
        *many,
        st.booleans().map(lambda value: {"$exists": value}),
        st.integers(0, 3).map(lambda value: {"$size": value}),
        st.tuples(st.sampled_from([2, 3, -2]), st.integers(-1, 2)).map(lambda value: {"$mod": list(value)}),
        st.tuples(regexes, st.sampled_from(["", "i", "m", "s", "im"])).map(
            lambda value: {"$regex": value[0], "$options": value[1]}
        ),
        st.sampled_from([1, 2, 3, 4, 7, 8, 9, 10, 16, 18, "number", "string", "double"]).map(
            lambda value: {"$type": value}
        ),
    )


plain_conditions = st.one_of(values, operators(values), operators(scalars))
element_conditions = st.one_of(
    operators(scalars),
    st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(scalars, operators(scalars)), min_size=1, max_size=2),
)
conditions = st.one_of(
    plain_conditions,
    plain_conditions,
    plain_conditions,
    operators(values).map(lambda value: {"$not": value}),
    element_conditions.map(lambda value: {"$elemMatch": value}),
    st.tuples(operators(scalars), operators(scalars)).map(lambda pair: {**pair[0], **pair[1]}),
)
simple_filters = st.dictionaries(st.sampled_from(FIELDS), conditions, min_size=1, max_size=2)


@st.composite
def _filter(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    if depth == 0 or draw(st.booleans()):
        return draw(simple_filters)
    operator = draw(st.sampled_from(["$and", "$or", "$nor"]))
    return {operator: draw(st.lists(_filter(depth - 1), min_size=1, max_size=3))}


filters = _filter()
sorts = st.lists(
    st.tuples(st.sampled_from(["a", "b", "a.b", "name", "_is_template", "_id"]), st.sampled_from([1, -1])),
    min_size=1,
    max_size=3,
    unique_by=lambda pair: pair[0],
)
