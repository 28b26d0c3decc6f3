"""Where each key of a TOML text stands; texts that would overwhelm the parser are refused on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sim.scenario.faults import Place

_MOST_PARTS = 8  # of a dotted key; tomllib takes quadratic time and memory over them
_MOST_DEPTH = 20  # of brackets in brackets; tomllib recurses
_LONGEST_KEY = 64
_LONGEST_WORD = 100  # a number, a date, true or false
_MOST_VALUES = 3000  # keys, tables and entries of lists; a scenario in full has about 700

_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\n]* )
    | (?P<text>    \"{3} | '{3} | " | ' )
    | (?P<newline> \n )
    | (?P<mark>    [\[\]{}=,.] )
    | (?P<word>    [^\s\[\]{}=,.\#"']+ )
    """,
    re.VERBOSE,
)
_ENDS = {  # of a text, by the quotes that open it; a match without the group is stepped over
    '"""': re.compile(r"""\\.|("{3,5})""", re.DOTALL),
    "'''": re.compile(r"""('{3,5})"""),
    '"': re.compile(r"""\\[^\n]|("|(?=\n))"""),
    "'": re.compile(r"""('|(?=\n))"""),
}


class TomlError(ValueError):
    """What is wrong with a TOML text, and on which line; line 0 is the text as a whole."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(line, words)
        self.line, self.words = line, words


@dataclass
class Keys:
    """The line of every key and table of a text, and the first key that is set twice, if any."""

    lines: dict[Place, int] = field(default_factory=dict)
    twice: tuple[Place, int, int] | None = None


def scan(text: str) -> Keys:
    """Return where the keys of *text* stand; what follows a mistake in the text may be missing.

    Raises:
        TomlError: the text has more keys, values or brackets than any scenario needs.
    """
    scanner = _Scanner()
    position = 0
    while token := _TOKEN.search(text, position):
        position = _end_of_text(text, token) if token.lastgroup == "text" else token.end()
        scanner.take(token.lastgroup or "", text[token.start() : position])
    return scanner.keys


def _end_of_text(text: str, opening: re.Match[str]) -> int:
    """Where the quoted text that begins with *opening* ends; one never closed ends with the line or the file.

    One regular expression for the whole would remember every step it could take back, or, where it may take none
    back, be misread by Python 3.11.2.
    """
    found = _ENDS[opening.group()].finditer(text, opening.end())
    return next((match.end() for match in found if match.group(1) is not None), len(text))


@dataclass
class _Bracket:
    """An open array or inline table: where its values belong, and the entry reached if an array."""

    place: Place
    entry: int | None


class _Scanner:
    """Follows the tokens of a TOML text and notes where each key stands."""

    def __init__(self) -> None:
        self.keys = Keys()
        self.line = 1
        self.table: Place = ()
        self.place: Place = ()  # of the value being read
        self.parts: list[str] = []  # of the key being read
        self.in_key = True
        self.header = 0  # brackets that open a table's header
        self.brackets: list[_Bracket] = []
        self.tables: dict[Place, int] = {}  # how many [[tables]] of each name
        self.set: set[Place] = set()
        self.values = 0

    def take(self, group: str, token: str) -> None:
        if group == "newline":
            self._end_line()
        elif group in ("word", "text"):
            self._word(group, token)
        elif group == "mark":
            self._mark(token)
        self.line += token.count("\n")

    def _end_line(self) -> None:
        if not self.brackets:
            self.in_key, self.header, self.parts = True, 0, []

    def _word(self, group: str, token: str) -> None:
        if not self.in_key:
            if group == "word" and len(token) > _LONGEST_WORD:
                raise TomlError(self.line, f"a value of {len(token):,} characters, no text; at most {_LONGEST_WORD}")
            return
        self.parts.append(token.strip("\"'") if group == "text" else token)
        if len(self.parts) > _MOST_PARTS:
            raise TomlError(self.line, f"a dotted key of more than {_MOST_PARTS} parts")
        if len(token) > _LONGEST_KEY + 2:
            raise TomlError(self.line, f"a key of {len(token):,} characters; at most {_LONGEST_KEY}")

    def _mark(self, mark: str) -> None:
        if mark == "=" and self.in_key:
            self._name_value()
        elif mark == "[" and self.in_key and not self.brackets:
            self.header += 1
        elif mark == "]" and self.header:
            self._enter_table()
        elif mark in "[{" and not self.in_key:
            self._open(mark)
        elif mark in "]}" and self.brackets:
            self.place, self.in_key = self.brackets.pop().place, False
        elif mark == "," and self.brackets:
            self._next_entry()

    def _name_value(self) -> None:
        above = self.brackets[-1].place if self.brackets else self.table
        self.place, self.in_key = above + tuple(self.parts), False
        self._note(self.place)

    def _enter_table(self) -> None:
        self.table = tuple(self.parts)
        if self.header == 2:
            self.tables[self.table] = self.tables.get(self.table, -1) + 1
            self.table += (self.tables[self.table],)
        self._note(self.table)
        self.header, self.in_key = 0, False

    def _open(self, mark: str) -> None:
        if len(self.brackets) >= _MOST_DEPTH:
            raise TomlError(self.line, f"brackets more than {_MOST_DEPTH} deep")
        self.brackets.append(_Bracket(self.place, 0 if mark == "[" else None))
        self.place += (0,) if mark == "[" else ()
        self.in_key, self.parts = mark == "{", []

    def _next_entry(self) -> None:
        bracket = self.brackets[-1]
        if bracket.entry is None:
            self.in_key, self.parts = True, []
        else:
            self._count()
            bracket.entry += 1
            self.place = (*bracket.place, bracket.entry)

    def _note(self, place: Place) -> None:
        if not place:
            return
        if place in self.set and not self.keys.twice:
            self.keys.twice = (place, self.keys.lines[place], self.line)
        self.set.add(place)
        for end in range(1, len(place) + 1):
            self.keys.lines.setdefault(place[:end], self.line)
        self._count()

    def _count(self) -> None:
        self.values += 1
        if self.values > _MOST_VALUES:
            raise TomlError(self.line, f"more than {_MOST_VALUES:,} keys and values")
