"""Conditions for `where`, safe whatever the values hold."""


def equal(**columns: str) -> str:
    """The condition that each of the columns holds exactly this text, for `where`."""
    return " AND ".join(f"{name} = {quoted(text)}" for name, text in columns.items())


def quoted(text: str) -> str:
    """The text as an SQL literal, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"
