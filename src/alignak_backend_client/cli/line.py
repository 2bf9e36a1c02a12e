"""Reading a command line word by word: options anywhere among the words."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

Spellings = Mapping[str, tuple[str, ...]]


class Line:
    """A command line, read word by word.

    Not argparse: there, values that begin with a dash are options, and the value ``--`` is lost.

    Attributes:
        flags: names of the flags that were given.
        values: name of an option to its value.
        lists: name of an option that may be given several times to its values.
        words: what is no option.
        problem: the first thing that is wrong; empty when nothing is.
    """

    def __init__(
        self,
        words: Sequence[str],
        flags: Spellings,
        values: Spellings,
        *,
        repeated: Container[str] = (),
        whole: Container[str] = (),
    ) -> None:
        """Read it.

        Args:
            words: the command line.
            flags: name of an option without a value to its spellings, such as ``("-q", "--quiet")``.
            values: the same for options with a value.
            repeated: those of them that may be given several times; of others the last value counts.
            whole: options whose long names must not be cut short.
        """
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.problem = ""
        self._with_value = values.keys()
        self._repeated = repeated
        names = [(spelling, name) for name, spellings in (*flags.items(), *values.items()) for spelling in spellings]
        self._longs = {spelling: name for spelling, name in names if spelling.startswith("--")}
        self._cut = [spelling for spelling, name in self._longs.items() if name not in whole]
        self._shorts = {spelling: name for spelling, name in names if not spelling.startswith("--")}
        self._rest = iter(words)
        for word in self._rest:
            if word == "--":
                self.words += self._rest
            elif word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word)
            else:
                self.words.append(word)

    def _long(self, word: str) -> None:
        """Read ``--option``, ``--option value`` or ``--option=value``; the name may be cut short."""
        given, equals, value = word.partition("=")
        found = [given] if given in self._longs else [long for long in self._cut if long.startswith(given)]
        if len(found) > 1:
            self._wrong(f"The option {given} is ambiguous: {', '.join(found)}")
        elif not found:
            near = close_matches(given, list(self._longs))
            self._wrong(f"Unknown option {given}" + (f": did you mean {near[0]}?" if near else ""))
        elif (name := self._longs[found[0]]) in self._with_value:
            self._value(given, name, value if equals else None)
        elif equals:
            self._wrong(f"The option {given} takes no value")
        else:
            self.flags.add(name)

    def _short(self, word: str) -> None:
        """Read ``-o``, several of them in one word, ``-o value``, ``-ovalue`` or ``-o=value``."""
        for position, letter in enumerate(word[1:], start=2):
            name = self._shorts.get(f"-{letter}")
            if name is None:
                self._wrong(f"Unknown option -{letter}" + (f" in {word}" if len(word) > 2 else ""))
                return
            if name in self._with_value:
                self._value(f"-{letter}", name, word[position:].removeprefix("=") if word[position:] else None)
                return
            self.flags.add(name)

    def _value(self, option: str, name: str, value: str | None) -> None:
        """Keep the value of an option; it is the next word when it does not stand in the same."""
        value = next(self._rest, None) if value is None else value
        if value is None or (not value and name != "password"):
            self._wrong(f"The option {option} needs a value")
        elif name in self._repeated:
            self.lists.setdefault(name, []).append(value)
        else:
            self.values[name] = value

    def _wrong(self, problem: str) -> None:
        self.problem = self.problem or problem


def close_matches(word: str, known: list[str]) -> list[str]:
    """Return the known word that is most like another one; nothing when none is."""
    import difflib

    return difflib.get_close_matches(word, known, 1)
