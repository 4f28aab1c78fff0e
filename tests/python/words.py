"""The words of the model language as the core lists them (JSON Schema, reference): random models draw from these.

A strategy names the words that it knows how to draw to `known`, which fails where the language has others. So a new
aggregation, shape or function stops the random tests until a strategy draws it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import customerhealth as ch
from customerhealth import _core

SCHEMA = ch.Model.schema()
OBJECTS: dict[str, Any] = SCHEMA["$defs"]
FUNCTIONS = ("", "functions")
KNOWN: dict[tuple[str, str], frozenset[str]] = {}
"""What the strategies draw: the words of each key of each object, filled by `known`."""


class Aggregation(NamedTuple):
    """A row of the reference's table of aggregations."""

    rows: str
    of: str
    in_buckets: bool


def enumerated(schema: Any) -> Iterator[str]:
    """The texts that a part of the schema lists, in their order."""
    if isinstance(schema, dict):
        yield from (word for word in schema.get("enum", []) if isinstance(word, str))
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from enumerated(part)


def alternatives(name: str) -> list[list[str]]:
    """The keys of an object of which one is given: a list a group."""
    groups = [rule["oneOf"] for rule in OBJECTS[name].get("allOf", []) if "oneOf" in rule]
    return [[word for option in group for word in option.get("required", [])] for group in groups]


def language() -> dict[tuple[str, str], list[str]]:
    """All words of the language. Of a group of keys they stand under the first of them."""
    found = {FUNCTIONS: functions()}
    for name, schema in OBJECTS.items():
        for key, value in schema["properties"].items():
            if words := list(dict.fromkeys(enumerated(value))):
                found[name, key] = words
        found |= {(name, group[0]): group for group in alternatives(name)}
    return found


def section(title: str) -> list[list[str]]:
    """The rows of a table of the reference, without its head."""
    text = _core.model_reference().partition(f"### {title}\n")[2].partition("\n### ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    return rows[2:]


def functions() -> list[str]:
    """The names of the functions of formulas."""
    return [name for row in section("functions") for name in re.findall(r"^`(\w+)\(", row[0])]


def aggregations() -> dict[str, Aggregation]:
    rows = section("aggregations")
    return {row[0].strip("`"): Aggregation(rows=row[1], of=row[2], in_buckets=row[3] == "yes") for row in rows}


def known(object_: str, key: str, how: Collection[str]) -> list[str]:
    """The words of a key, which must be those of `how`."""
    words = language()[object_, key]
    place = f"{object_}.{key}".strip(".")
    unknown, invented = [word for word in words if word not in how], sorted(set(how) - set(words))
    assert not unknown, f"no strategy draws these words of {place}: {', '.join(unknown)}"
    assert not invented, f"strategies draw words of {place} that the language lacks: {', '.join(invented)}"
    KNOWN[object_, key] = frozenset(words)
    return words


# --- what a document says ---------------------------------------------------------------------------------------------


def spoken(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """The words that a document uses: object, key and word, as `language` has them."""
    found = {(*FUNCTIONS, name) for text in texts(document) for name in re.findall(r"\b([a-z_0-9]+)\(", text)}
    for name, given in objects(SCHEMA, document):
        groups = {word: group[0] for group in alternatives(name) for word in group}
        for key, value in given.items():
            listed = set(enumerated(OBJECTS[name]["properties"][key]))
            found |= {(name, key, word) for word in texts(value) if word in listed}
            if key in groups:
                found.add((name, groups[key], key))
    return found & {(*place, word) for place, words in language().items() for word in words}


def texts(value: Any) -> Iterator[str]:
    """All texts of a document, the keys of its objects too."""
    if isinstance(value, str):
        yield value
    parts = value if isinstance(value, list) else [*value, *value.values()] if isinstance(value, dict) else []
    for part in parts:
        yield from texts(part)


def objects(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a document, each with its name in the schema."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if isinstance(value, dict):
            yield name, value
            yield from objects(OBJECTS[name], value)
    for option in schema.get("anyOf", []):
        yield from objects(option, value)
    if isinstance(value, list):
        for part in value:
            yield from objects(schema.get("items", {}), part)
    if isinstance(value, dict):
        for key, part in value.items():
            yield from objects(schema.get("properties", {}).get(key, schema.get("additionalProperties") or {}), part)
