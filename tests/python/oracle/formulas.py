"""Formulas (section 3): a recursive descent over the grammar, evaluated one value at a time; None is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from . import functions
from .instants import Instant, parse_instant

KEYWORDS = {"or", "and", "not", "in", "between", "is", "missing", "true", "false", "date"}
AGGREGATES = {"sum", "mean", "min", "max", "count"}
TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[=<>+\-*/%(),.]))"""
)


class Node(NamedTuple):
    kind: str
    parts: tuple[Any, ...]


class Scope:
    """What a formula sees. `value((word, word or None))`; `split(word)` lists the parts of a split metric."""

    def __init__(
        self,
        value: Callable[[tuple[str, str | None]], Any],
        split: Callable[[str], list[str]] = lambda word: [],
        near: functions.Near = functions.ignore,
    ) -> None:
        self.value, self.split, self.near = value, split, near


def tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match, f"cannot read {text!r} at {place}"
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        place = match.end()
    return [*found, ("end", "")]


class Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.place = text, tokens(text), 0

    def peek(self, *texts: str) -> bool:
        kind, text = self.tokens[self.place]
        return kind in ("word", "sign") and text in texts

    def take(self, *texts: str) -> bool:
        if not self.peek(*texts):
            return False
        self.place += 1
        return True

    def need(self, text: str) -> None:
        assert self.take(text), f"{self.text!r}: expected {text}, found {self.tokens[self.place]}"

    def next(self) -> tuple[str, str]:
        self.place += 1
        return self.tokens[self.place - 1]

    def formula(self) -> Node:
        node = self.conjunction()
        while self.take("or"):
            node = Node("or", (node, self.conjunction()))
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.take("and"):
            node = Node("and", (node, self.negation()))
        return node

    def negation(self) -> Node:
        return Node("not", (self.negation(),)) if self.take("not") else self.test()

    def test(self) -> Node:
        left = self.sum()
        for sign in ("=", "!=", "<=", "<", ">=", ">"):
            if self.take(sign):
                return Node("compare", (sign, left, self.sum()))
        if self.take("is"):
            negated = self.take("not")
            self.need("missing")
            return Node("is_missing", (left, negated))
        negated = self.take("not")
        if self.take("in"):
            node = Node("in", (left, self.literals()))
        elif self.take("between"):
            low = self.sum()
            self.need("and")
            high = self.sum()
            node = Node("and", (Node("compare", (">=", left, low)), Node("compare", ("<=", left, high))))
        else:
            assert not negated, self.text
            return left
        return Node("not", (node,)) if negated else node

    def literals(self) -> tuple[Node, ...]:
        self.need("(")
        found = [self.unary()]
        while self.take(","):
            found.append(self.unary())
        self.need(")")
        return tuple(found)

    def sum(self) -> Node:
        node = self.product()
        while self.peek("+", "-"):
            node = Node("arithmetic", (self.next()[1], node, self.product()))
        return node

    def product(self) -> Node:
        node = self.unary()
        while self.peek("*", "/", "%"):
            node = Node("arithmetic", (self.next()[1], node, self.unary()))
        return node

    def unary(self) -> Node:
        return Node("minus", (self.unary(),)) if self.take("-") else self.atom()

    def atom(self) -> Node:
        kind, text = self.next()
        if kind == "number":
            return Node("literal", (int(text) if text.isdigit() else float(text),))
        if kind == "text":
            return Node("literal", (text[1:-1].replace("''", "'"),))
        if kind == "sign" and text == "(":
            node = self.formula()
            self.need(")")
            return node
        if kind == "word" and text in ("true", "false", "missing"):
            return Node("literal", ({"true": True, "false": False, "missing": None}[text],))
        if kind == "word" and text == "date":
            return Node("literal", (parse_instant(self.next()[1][1:-1]),))
        if kind == "word" and self.peek("("):
            return self.call(text)
        assert kind in ("word", "quoted"), f"{self.text!r}: {text!r} is no atom"
        assert kind == "quoted" or text not in KEYWORDS, f"{self.text!r}: {text!r} is a keyword"
        return Node("name", (word(kind, text), self.suffix()))

    def suffix(self) -> str | None:
        if not self.take("."):
            return None
        return "*" if self.take("*") else word(*self.next())

    def call(self, name: str) -> Node:
        self.need("(")
        arguments = [self.formula()]
        while self.take(","):
            arguments.append(self.formula())
        self.need(")")
        if name in AGGREGATES:
            (over,) = arguments
            return Node("over_split", (name, over, split_metric(over)))
        assert name == "if" or name in functions.FUNCTIONS or name == "coalesce", f"{self.text!r}: no function {name}"
        return Node("call", (name, tuple(arguments)))


def word(kind: str, text: str) -> str:
    assert kind in ("word", "quoted"), text
    return text[1:-1].replace('""', '"') if kind == "quoted" else text


def children(node: Node) -> list[Node]:
    """The nodes below, in the order of the text."""
    flat: list[Node] = []
    for part in node.parts:
        if isinstance(part, Node):
            flat.append(part)
        elif isinstance(part, tuple):
            flat.extend(inner for inner in part if isinstance(inner, Node))
    return flat


def names(node: Node) -> list[tuple[str, str | None]]:
    if node.kind == "name":
        return [node.parts]  # type: ignore[list-item]
    return [name for child in children(node) for name in names(child)]


def split_metric(node: Node) -> str:
    stars = {first for first, second in names(node) if second == "*"}
    assert len(stars) == 1, "an aggregate takes an expression over one m.*"
    return stars.pop()


PARSED: dict[str, Node] = {}


def parse(text: str) -> Node:
    if text not in PARSED:
        parser = Parser(text)
        PARSED[text] = parser.formula()
        assert parser.tokens[parser.place][0] == "end", f"{text!r}: text after the formula"
    return PARSED[text]


def evaluate(node: Node, scope: Scope) -> Any:
    kind, parts = node
    if kind == "literal":
        return parts[0]
    if kind == "name":
        return scope.value(parts)  # type: ignore[arg-type]
    if kind == "over_split":
        return over_split(node, scope)
    if kind in ("and", "or"):
        return logic(kind, evaluate(parts[0], scope), evaluate(parts[1], scope))
    if kind == "not":
        value = evaluate(parts[0], scope)
        return None if value is None else not value
    if kind == "is_missing":
        return (evaluate(parts[0], scope) is None) != parts[1]
    if kind == "compare":
        return functions.compare(parts[0], evaluate(parts[1], scope), evaluate(parts[2], scope), scope.near)
    if kind == "in":
        value = evaluate(parts[0], scope)
        matches = [functions.compare("=", value, evaluate(literal, scope), scope.near) for literal in parts[1]]
        return None if value is None else any(matches)
    if kind == "minus":
        value = evaluate(parts[0], scope)
        if parts[0].kind == "literal":
            return value if value is None else -value  # -3 is an integer literal too
        return None if value is None else -float(value)
    if kind == "arithmetic":
        return functions.arithmetic(parts[0], evaluate(parts[1], scope), evaluate(parts[2], scope))
    assert kind == "call", kind
    return call(parts[0], parts[1], scope)


def call(name: str, arguments: tuple[Node, ...], scope: Scope) -> Any:
    if name == "if":
        condition = evaluate(arguments[0], scope)
        return None if condition is None else evaluate(arguments[1 if condition else 2], scope)
    values = [evaluate(argument, scope) for argument in arguments]
    if name == "coalesce":
        return next((value for value in values if value is not None), None)
    if any(value is None for value in values):
        return None
    if name == "round":
        return functions.rounded(*values, near=scope.near)
    if name in ("floor", "ceil"):
        scope.near(values[0], round(values[0]), True)
    return functions.finite(functions.FUNCTIONS[name](*values))


def logic(kind: str, left: bool | None, right: bool | None) -> bool | None:
    """SQL's three values."""
    deciding = kind == "or"
    if left is deciding or right is deciding:
        return deciding
    return None if left is None or right is None else not deciding


def bound(scope: Scope, metric: str, part: str) -> Scope:
    """The scope in which m.* is m.part."""
    return Scope(lambda name: scope.value((metric, part) if name == (metric, "*") else name), scope.split, scope.near)


def over_split(node: Node, scope: Scope) -> Any:
    name, expression, metric = node.parts
    values = [evaluate(expression, bound(scope, metric, part)) for part in scope.split(metric)]
    if name == "count":
        return float(sum(value is True for value in values))
    present = [value for value in values if value is not None]
    return functions.OVER_SPLIT[name](present) if present else None


def reason(node: Node, scope: Scope, reason_of: Callable[[tuple[str, str | None]], str | None]) -> str:
    """Why a formula is missing: the first missing name in its text, else undefined."""
    return first_missing(node, scope, reason_of) or "undefined"


def first_missing(node: Node, scope: Scope, reason_of: Callable[[tuple[str, str | None]], str | None]) -> str | None:
    if node.kind == "name":
        return reason_of(node.parts)  # type: ignore[arg-type]
    if node.kind == "over_split":
        _, expression, metric = node.parts
        if evaluate(node, scope) is None:
            part = scope.split(metric)[0]
            inner = bound(scope, metric, part)
            return reason(expression, inner, lambda name: reason_of((metric, part) if name == (metric, "*") else name))
        plain = [reason_of(name) for name in names(expression) if name[1] != "*"]
        return next((found for found in plain if found), None)
    for child in children(node):
        found = first_missing(child, scope, reason_of)
        if found:
            return found
    return None


__all__ = ["Instant", "Node", "Scope", "evaluate", "names", "parse", "reason"]
