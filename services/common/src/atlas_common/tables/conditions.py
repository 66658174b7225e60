"""Conditions for `where`, safe whatever the values hold."""

from collections.abc import Iterable


def equal(**columns: str) -> str:
    """The condition that each of the columns holds exactly this text, for `where`."""
    return " AND ".join(f"{name} = {quoted(text)}" for name, text in columns.items())


def one_of(column: str, texts: Iterable[str]) -> str:
    """The condition that the column holds one of these texts; without any, no row meets it."""
    listed = ", ".join(map(quoted, texts))
    return f"{column} IN ({listed})" if listed else "FALSE"


def quoted(text: str) -> str:
    """The text as an SQL literal, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
