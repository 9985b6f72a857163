"""Pure: the variables of a prompt, `{{name}}` or `{{name | type:property=value}}`: found, checked, filled in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, cast

from .._records import Record, decode

PATTERN = re.compile(r"\{\{\s*([^|{}\s]+)\s*(?:\|([^}]*))?\}\}")
SYSTEM = re.compile(r"(CURRENT_(DATE|DATETIME|TIME|TIMEZONE|WEEKDAY)|USER_[A-Z_]+|CLIPBOARD)$")
"""Names that the web page and the server fill in, and nobody is asked for."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Variable(Record):
    """What a prompt asks for. Further properties (`label`, `placeholder`, `min`, `max`, `step`, …) are keys."""

    name: str
    type: str = "text"
    """`text`, `textarea`, `select`, `number`, `range`, `checkbox`, `date`, `time`, `datetime-local`, `month`, `color`,
    `email`, `tel`, `url`; unknown ones are texts."""
    required: bool = False
    options: Sequence[str] = ()
    """What a `select` may be."""
    default: Any = None


def names(content: str) -> list[str]:
    """The names in the text, system ones too, in order, each once."""
    return list(dict.fromkeys(found[1] for found in PATTERN.finditer(content)))


def variables(content: str) -> list[Variable]:
    """What the text asks for, in order, each once; of several definitions of a name the last one counts."""
    found: dict[str, Variable] = {}
    for match in PATTERN.finditer(content):
        name, definition = match[1], (match[2] or "").strip()
        if not SYSTEM.match(name) and (definition or name not in found):
            found[name] = _defined(name, definition)
    return list(found.values())


def substitute(content: str, values: Mapping[str, Any], system: Mapping[str, Any] | None = None) -> str:
    """The text with these values for these names, system ones first; each literally, once, and never read again."""
    known = {**values, **(system or {})}

    def value(match: re.Match[str]) -> str:
        return plain(known[match[1]]) if match[1] in known else match[0]

    return PATTERN.sub(value, content)


def filled(content: str, values: Mapping[str, Any], system: Mapping[str, Any]) -> str:
    """The text with every variable filled in: from the values, else its default, else with nothing.

    Raises:
        ValueError: A required one is missing, one does not fit its type, or there is none of a name.
    """
    asked = variables(content)
    unknown = set(values) - set(names(content))
    if unknown:
        raise ValueError(f"the prompt has no variable {', '.join(map(repr, sorted(unknown)))}")
    given = {name: value for name, value in values.items() if SYSTEM.match(name)}
    wanted = {variable.name: checked(variable, values.get(variable.name)) for variable in asked}
    return substitute(content, wanted, {**system, **given})


def checked(variable: Variable, value: object) -> str:
    """The value as it goes into the text; None stands for the default, and without one for nothing.

    Raises:
        ValueError: It is required and missing, or does not fit the type.
    """
    text = plain(variable.default if value is None else value)
    if not text:
        if variable.required:
            raise ValueError(f"the prompt needs a value for {variable.name!r}")
        return text
    problem = CHECKS.get(variable.type, _anything)(variable, text)
    if problem:
        raise ValueError(f"{variable.name!r} {problem}, not {text!r}")
    return text


def plain(value: object) -> str:
    """A value as text, as the web page writes it: `true`, `2026-01-31`, `7`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def system_variables(now: datetime) -> dict[str, str]:
    """What the client knows of the moment, as the web page writes it; `now` is an aware local time."""
    day, clock = now.strftime("%Y-%m-%d"), now.strftime("%H:%M:%S")
    return {
        "CURRENT_DATE": day,
        "CURRENT_DATETIME": f"{day} {clock}",
        "CURRENT_TIME": clock,
        "CURRENT_TIMEZONE": time_zone(now),
        "CURRENT_WEEKDAY": WEEKDAYS[now.weekday()],
    }


def time_zone(now: datetime) -> str:
    """The local zone's name, such as `Europe/Berlin`; where the system does not tell it, its abbreviation."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        named = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]
    return named or now.tzname() or "UTC"


def _defined(name: str, definition: str) -> Variable:
    kind, *properties = _split(definition, ":") or ["text"]
    found: dict[str, Any] = {}
    for one in filter(None, properties):
        key, equals, value = one.partition("=")
        found[key.strip()] = _value(value.strip()) if equals else True
    options = found.get("options")
    found["options"] = list(map(plain, cast("list[object]", options))) if isinstance(options, list) else []
    found["required"] = found.get("required") in (True, "true")
    return decode(Variable, {"default": None, **found, "name": name, "type": kind.removeprefix("type=") or "text"})


def _split(text: str, delimiter: str) -> list[str]:
    """The parts between delimiters that stand in no quotes and no brackets."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for character in text:
        if escaped or character == "\\":
            escaped = not escaped
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character in "[{") - (character in "]}")
            if character == delimiter and not depth:
                parts.append("")
                continue
        parts[-1] += character
    return [part.strip() for part in parts]


def _value(text: str) -> Any:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1]
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _anything(_: Variable, __: str) -> str | None:
    return None


def _option(variable: Variable, text: str) -> str | None:
    return None if text in variable.options else f"is one of {', '.join(variable.options)}"


def _number(variable: Variable, text: str) -> str | None:
    number = _float(text)
    if number is None:
        return "is a number"
    least, most = _float(variable.get("min")), _float(variable.get("max"))
    if least is not None and number < least:
        return f"is at least {variable['min']}"
    return f"is at most {variable['max']}" if most is not None and number > most else None


def _float(value: object) -> float | None:
    """The number in a text, as an input field of a web page reads it."""
    return float(str(value)) if re.fullmatch(NUMBER, str(value)) else None


def _shaped(pattern: str, words: str, parse: Callable[[str], object] = str) -> Callable[[Variable, str], str | None]:
    def problem(_: Variable, text: str) -> str | None:
        if not re.fullmatch(pattern, text, re.ASCII):
            return words
        try:
            parse(text)
        except ValueError:
            return words
        return None

    return problem


NUMBER = r"-?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
DATE, CLOCK = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d(:\d\d)?"
CHECKS: dict[str, Callable[[Variable, str], str | None]] = {
    "select": _option,
    "number": _number,
    "range": _number,
    "checkbox": _shaped("true|false", "is true or false"),
    "date": _shaped(DATE, "is a date such as 2026-01-31", date.fromisoformat),
    "time": _shaped(CLOCK, "is a time such as 23:59", time.fromisoformat),
    "datetime-local": _shaped(
        f"{DATE}[T ]{CLOCK}", "is a date and a time such as 2026-01-31T23:59", datetime.fromisoformat
    ),
    "month": _shaped(r"\d{4}-\d\d", "is a month such as 2026-01", lambda month: date.fromisoformat(f"{month}-01")),
    "color": _shaped("#[0-9A-Fa-f]{6}", "is a colour such as #FF0000"),
}
