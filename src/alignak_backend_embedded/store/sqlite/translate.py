"""MongoDB's filters and sorts as SQL.

Every condition on a field becomes one SQL expression that is true for exactly the documents it matches. Conditions that
SQL cannot express call :mod:`.matcher` for that field alone (``matches``). So ``$and``, ``$or`` and ``$nor`` are always
SQL operators, and indexes can be used for the rest of a filter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from alignak_backend_embedded.store.errors import DocumentError, QueryError
from alignak_backend_embedded.store.object_id import ObjectId

from . import budget
from .codec import AFTER_STRINGS, MARK, Scalar, encode_scalar
from .layout import LIVE, Table
from .matcher import Predicate, branches, check_depth, condition, is_operators, path, truth, values_at

if TYPE_CHECKING:
    from alignak_backend_embedded.store.access import Gate

MAX_CONDITIONS: Final = 2000
"""The maximum number of conditions in a filter, without the lists of ``$in``."""

_MAX_BOUND: Final = 200  # beyond, a list of values travels as one JSON parameter
_MAX_TEXT: Final = 900_000  # SQLite takes a million characters and 32,766 parameters
_MAX_VALUES: Final = 32_000
_EXACT_FLOAT: Final = 2.0**53
_SAFE_NAME: Final = re.compile(r'[^"\\\x00-\x1f\x7f\ud800-\udfff]+')
_RANGES: Final[tuple[tuple[type | tuple[type, ...], str, str], ...]] = (
    (bool, MARK + "p", MARK + "q"),
    ((int, float), "", ""),
    (str, "", AFTER_STRINGS),
    (ObjectId, MARK + "o", MARK + "p"),
    (datetime, MARK + "q", MARK + "r"),
)
_KEYS: Final = frozenset({str, ObjectId})
_SIGNS: Final = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


class Sql(NamedTuple):
    """An SQL expression and its parameters."""

    text: str
    values: tuple[Scalar, ...] = ()


EVERYTHING: Final = Sql("1")
_FALSE: Final = Sql("0")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _join(word: str, parts: Sequence[Sql]) -> Sql:
    """Join expressions, balanced: SQLite limits how deep an expression is."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = _join(word, parts[:middle]), _join(word, parts[middle:])
    return Sql(f"({left.text} {word} {right.text})", left.values + right.values)


def _not(inner: Sql) -> Sql:
    return Sql(f"(({inner.text}) IS NOT TRUE)", inner.values)


def _storable(value: Any) -> bool:
    """Return True for a scalar that can be a parameter of SQL in its stored form."""
    try:
        encoded = encode_scalar(value)
        if isinstance(encoded, str):
            encoded.encode()
    except (DocumentError, UnicodeEncodeError):
        return False
    return True


class Query:
    """A filter as SQL: ``where`` and its parameters, and the predicates that ``matches`` calls by number.

    Attributes:
        began: the start of its time, see :mod:`.budget`.
        gate: the gate that watches it; None if there is none.
        is_of_one: True if it selects one document by its ``_id``.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.where = EVERYTHING
        self.predicates: list[Predicate] = []
        self.began = budget.now()
        self.gate: Gate | None = None
        self.is_of_one = False
        self._count = 0

    # --- whole filters -----------------------------------------------------------------------------------------

    def add(self, where: Mapping[str, Any]) -> None:
        """Translate a filter.

        Raises:
            QueryError: it is malformed, not supported or too large.
        """
        item = where.get("_id") if len(where) == 1 else None
        if isinstance(item, ObjectId):  # most writes ask so
            self.where = Sql("id = ?", (f"{MARK}o{item}",))
            self.is_of_one = True
            return
        self.where = self._filter(where, 0)
        if len(self.where.text) > _MAX_TEXT or len(self.where.values) > _MAX_VALUES:
            raise QueryError("the filter is too large")

    def _filter(self, where: Mapping[str, Any], depth: int) -> Sql:
        check_depth(depth)
        parts = []
        for name, operand in where.items():
            if name in ("$and", "$or", "$nor"):
                parts.append(self._joined(name, branches(name, operand), depth))
            elif isinstance(name, str) and name.startswith("$"):
                raise QueryError(f"the operator {name} is not supported")
            else:
                parts.append(self._field(name, operand, depth))
        return _join("AND", parts) if parts else EVERYTHING

    def _joined(self, operator: str, filters: list[Mapping[str, Any]], depth: int) -> Sql:
        if operator != "$and" and len(filters) > 1:
            # Programs ask for a list of ids as {"$or": [{"_id": a}, {"_id": b}, ...]}.
            names = {next(iter(item)) if len(item) == 1 else "" for item in filters}
            name = names.pop()
            if not names and name and not name.startswith("$"):
                values = [item[name] for item in filters]
                if not any(isinstance(value, Mapping | re.Pattern) for value in values):
                    one = self._field(name, {"$in": values}, depth)
                    return one if operator == "$or" else _not(one)
            if operator == "$or" and (found := self._one_of_keys(filters)):
                return found
        parts = [self._filter(item, depth + 1) for item in filters]
        joined = _join("AND" if operator == "$and" else "OR", parts)
        return _not(joined) if operator == "$nor" else joined

    def _one_of_keys(self, filters: list[Mapping[str, Any]]) -> Sql | None:
        """Return SQL for "several fields equal one of these keys", such as any number of services by host and name."""
        names = list(filters[0])
        columns = [self.table.column(name) for name in names]
        if len(names) < 2 or not all(columns) or any(list(item) != names for item in filters):
            return None
        keys = [list(item.values()) for item in filters]
        if not all(type(value) in _KEYS and _storable(value) for key in keys for value in key):
            return None
        self._count += 1
        encoded = orjson.dumps([[encode_scalar(value) for value in key] for key in keys]).decode()
        parts = ", ".join(f"value ->> {number}" for number in range(len(names)))
        return Sql(f"({', '.join(map(str, columns))}) IN (SELECT {parts} FROM json_each(?))", (encoded,))  # noqa: S608 - our names

    # --- one field ---------------------------------------------------------------------------------------------

    def _field(self, name: Any, operand: Any, depth: int) -> Sql:
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise QueryError(f"a filter may hold {MAX_CONDITIONS} conditions at most")
        parts = path(name)
        condition(operand, depth)  # rejects what is malformed before any of it is run
        if len(parts) > 1 or not _SAFE_NAME.fullmatch(name):
            return self._python(parts, operand)
        if not is_operators(operand):
            found = self._operator(name, "$eq", operand, depth)
            return self._python(parts, operand) if found is None else found
        sql, rest = [], {}
        for operator, value in operand.items():
            found = self._operator(name, operator, value, depth)
            if found is None:
                rest[operator] = value
            else:
                sql.append(found)
        if rest:
            sql.append(self._python(parts, rest))
        column, pattern = self.table.column(name), rest.get("$regex")
        if column and isinstance(pattern, str) and (prefix := _prefix_of(pattern, rest.get("$options", ""))):
            # An index finds the candidates: preferably this one, since a period may hold nearly all documents.
            beyond = prefix[:-1] + chr(ord(prefix[-1]) + 1)
            sql.insert(0, Sql(f"(likelihood({column} >= ?, 0.01) AND {column} < ?)", (prefix, beyond)))
        return _join("AND", sql)

    def _python(self, parts: tuple[str, ...], operand: Any) -> Sql:
        """Return a call of the matcher: for the column, for the one field, or for the whole document."""
        test, top = condition(operand), parts[0]
        column = self.table.column(top)
        if column and len(parts) == 1 and _ignores_missing(operand):
            self.predicates.append(lambda value: test([value]))
            return Sql(f"matches_scalar({len(self.predicates) - 1}, {column})")
        if _SAFE_NAME.fullmatch(top):
            below = parts[1:]
            self.predicates.append(lambda value: test(values_at(value, below)))
            return Sql(f"matches({len(self.predicates) - 1}, doc -> {_json_path(top)})")
        self.predicates.append(lambda document: test(values_at(document, parts)))
        return Sql(f"matches({len(self.predicates) - 1}, doc)")

    def _operator(self, name: str, operator: str, operand: Any, depth: int) -> Sql | None:
        """Return the SQL of one operator; None if only the matcher can evaluate it."""
        match operator:
            case "$eq":
                return self._in(name, [operand])
            case "$ne":
                found = self._in(name, [operand])
                return found and _not(found)
            case "$in":
                return self._in(name, operand)
            case "$nin":
                found = self._in(name, operand)
                return found and _not(found)
            case "$gt" | "$gte" | "$lt" | "$lte":
                return self._compare(name, operator, operand)
            case "$exists":
                return Sql(f"(json_type(doc, {_json_path(name)}) IS {'NOT ' if truth(operand) else ''}NULL)")
            case "$size":
                return Sql(
                    f"(json_type(doc, {_json_path(name)}) = 'array' "
                    f"AND json_array_length(doc, {_json_path(name)}) = {int(operand)})"
                )
            case "$all":
                parts = [self._in(name, [item]) for item in operand if not isinstance(item, Mapping)]
                if len(parts) < len(operand) or any(part is None for part in parts):
                    return None
                return _join("AND", [part for part in parts if part]) if parts else _FALSE
            case "$not" if isinstance(operand, Mapping):
                return _not(self._field(name, operand, depth + 1))
        return None

    def _in(self, name: str, operand: Sequence[Any]) -> Sql | None:
        """Return SQL for "equals one of these", or None."""
        column = self.table.column(name)
        null = any(value is None for value in operand)
        wanted = [value for value in operand if value is not None]
        if not all(_storable(value) and (column or _same_in_json(value)) for value in wanted):
            return None
        encoded = [encode_scalar(value) for value in wanted]
        if len(encoded) > _MAX_BOUND and any(isinstance(value, float) for value in encoded):
            return None
        parts = []
        if column:
            if encoded:
                parts.append(_one_of(column, encoded))
            if null:
                parts.append(Sql(f"{column} IS NULL"))
        elif name in self.table.lists and not null and encoded:
            inner = _one_of("value", encoded)
            parts.append(
                Sql(f"seq IN (SELECT seq FROM {self.table.list_table(name)} WHERE {inner.text})", inner.values)  # noqa: S608 - our names
            )
        else:
            where = _json_path(name)
            elements = []
            if encoded:
                parts.append(_one_of(f"json_extract(doc, {where})", encoded))
                elements.append(_one_of("atom", encoded))
            if null:
                parts.append(Sql(f"IFNULL(json_type(doc, {where}), 'null') = 'null'"))
                elements.append(Sql("type = 'null'"))
            if elements:
                parts.append(_in_array(where, _join("OR", elements)))
        return _join("OR", parts) if parts else _FALSE

    def _compare(self, name: str, operator: str, operand: Any) -> Sql | None:
        bounds = next((item for item in _RANGES if isinstance(operand, item[0])), None)
        column = self.table.column(name)
        if bounds is None or not _storable(operand) or not (column or _same_in_json(operand, compared=True)):
            return None
        _, least, beyond = bounds
        number = beyond == ""
        value = encode_scalar(operand)

        # SQLite takes it that a quarter of all rows is on one side of a value, and reads the table.
        rare = "unlikely" if name in LIVE else ""

        def expression(term: str) -> Sql:
            asked = f"{rare}({term} {_SIGNS[operator]} ?)"
            if operator in ("$gt", "$gte"):
                return Sql(f"({asked} AND {term} < ?)", (value, beyond))
            if number:
                return Sql(asked, (value,))  # null is never less, in SQL
            return Sql(f"({asked} AND {term} >= ?)", (value, least))

        if column:
            return expression(column)
        where = _json_path(name)
        single = expression(f"json_extract(doc, {where})")
        if isinstance(operand, str):  # a list or an object comes out as text too
            single = Sql(f"(json_type(doc, {where}) = 'text' AND {single.text})", single.values)
        return _join("OR", [single, _in_array(where, expression("atom"))])


def _prefix_of(pattern: str, options: str) -> str:
    from alignak_backend_embedded.store.patterns import prefix_of  # few queries need it

    return prefix_of(pattern, options)


def _json_path(name: str) -> str:
    return _quoted(f'$."{name}"')


def _in_array(where: str, inner: Sql) -> Sql:
    return Sql(
        f"(json_type(doc, {where}) = 'array' AND EXISTS (SELECT 1 FROM json_each(doc, {where}) WHERE {inner.text}))",  # noqa: S608 - our SQL
        inner.values,
    )


def _one_of(term: str, encoded: list[Scalar]) -> Sql:
    if len(encoded) == 1 and isinstance(encoded[0], str) and encoded[0].startswith(MARK + "p"):
        return Sql(f"{term} = {_quoted(encoded[0])}")  # written out, for the index of templates
    if len(encoded) == 1:
        return Sql(f"{term} = ?", tuple(encoded))
    if len(encoded) <= _MAX_BOUND:
        return Sql(f"{term} IN ({', '.join('?' * len(encoded))})", tuple(encoded))
    return Sql(f"{term} IN (SELECT value FROM json_each(?))", (orjson.dumps(encoded).decode(),))  # noqa: S608 - our SQL


def _same_in_json(value: Any, *, compared: bool = False) -> bool:
    """Return False if SQLite's JSON functions could answer wrongly.

    Its reading of decimals may be off in the last digit, and a list or an object comes out as text.
    """
    if isinstance(value, float):
        return not compared and value.is_integer() and abs(value) < _EXACT_FLOAT
    return compared or not (isinstance(value, str) and value[:1] in ("[", "{"))


def _ignores_missing(operand: Any) -> bool:
    """Return True if a condition treats null and missing fields alike, as columns do."""
    if isinstance(operand, Mapping):
        return all(
            key not in ("$exists", "$type") and (key != "$not" or _ignores_missing(value))
            for key, value in operand.items()
        )
    return True


def order_by(table: Table, sort: Sequence[tuple[str, int]]) -> str:
    """Return the terms of ``ORDER BY``; documents that are equal in the sort are in insertion order.

    Raises:
        QueryError: the sort is malformed.
    """
    terms: list[str] = []
    direction = 1
    if len(sort) > 32:
        raise QueryError("a sort takes 32 fields at most")
    for item in sort:
        if not isinstance(item, list | tuple) or len(item) != 2 or item[1] not in (1, -1):
            raise QueryError("a sort takes pairs of field and direction, which is 1 or -1")
        name, direction = item[0], int(item[1])
        parts = path(name)
        if not name or name.startswith("$") or any("\ud800" <= letter <= "\udfff" for letter in name):
            raise QueryError("a sort takes names of fields")
        if name == "_id":  # no two documents share it: nothing is left open
            return ", ".join([*terms, f"id{' DESC' if direction < 0 else ''}"])
        terms.append(f"{_sort_term(table, name, parts, direction)}{' DESC' if direction < 0 else ''}")
    return ", ".join([*terms, "seq DESC" if direction < 0 else "seq"])


def _sort_term(table: Table, name: str, parts: tuple[str, ...], direction: int) -> str:
    column = table.column(name)
    if column:
        return column
    if not _SAFE_NAME.fullmatch(parts[0]):
        return f"sort_key(doc, {_quoted(name)}, {direction})"
    where = _json_path(parts[0])
    called = f"sort_key(doc -> {where}, {_quoted('.'.join(parts[1:]))}, {direction})"
    if len(parts) > 1:
        return called
    return (
        f"CASE WHEN json_type(doc, {where}) IN ('array', 'object') THEN {called} "
        f"ELSE IFNULL(json_extract(doc, {where}), -9e999) END"
    )
