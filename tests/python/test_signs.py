"""Texts of the data within lines of ours: on one line, no wider than there is room, turning nothing beside them."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customerhealth.results.signs import cut, isolated_by_line, one_line, short, width_of

BEGIN, END = "\u2068", "\u2069"
SIGNS = st.text(st.sampled_from(["a", " ", "\u05e9", "\u05d9", "5", "\u202e", BEGIN, END, "\n", "\x1b", "\u6f22"]))


def depths(text: str) -> list[int]:
    """How deep each sign is isolated; below 0 where an end has no beginning."""
    found, depth = [], 0
    for sign in text:
        depth += (sign == BEGIN) - (sign == END)
        found.append(depth)
    return [*found, depth]


def turns(text: str) -> bool:
    return any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text)


@given(SIGNS, st.integers(2, 12))
def test_a_text_is_short_and_turns_nothing_beside_it(text: str, longest: int) -> None:
    said = short(text, longest)
    assert width_of(said) <= longest
    assert not re.search("[\n\x1b\u202e]", said)
    assert depths(said)[-1] == 0
    assert set(depths(said)) <= {0, 1}
    assert not turns(re.sub(f"{BEGIN}[^{END}]*{END}", "", said))
    assert short(said, longest) == said


@given(SIGNS)
def test_what_is_on_one_line_stays_as_it_is(text: str) -> None:
    said = one_line(text)
    assert one_line(said) == said
    assert set(depths(said)) <= {0, 1}
    plain = re.sub(f"[\n\x1b\u202e{BEGIN}{END}]", "", text)
    assert re.sub(f"[ {BEGIN}{END}]", "", said) == plain.replace(" ", "")


@given(st.lists(SIGNS.map(short)), st.integers(1, 4))
def test_lines_each_end_what_they_isolate(labels: list[str], many: int) -> None:
    words = " ".join(labels).split(" ")
    lines = [" ".join(words[place : place + many]) for place in range(0, len(words), many)]
    done = isolated_by_line(lines)
    for line in done:
        assert depths(line)[-1] == 0
        assert set(depths(line)) <= {0, 1}
        assert not turns(re.sub(f"{BEGIN}[^{END}]*{END}", "", line))
    assert re.sub(f"[{BEGIN}{END}]", "", " ".join(done)) == re.sub(f"[{BEGIN}{END}]", "", " ".join(lines))


@pytest.mark.parametrize(
    ("text", "most", "said"),
    [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("\u6f22\u5b57\u6f22", 4, "\u6f22…"),
        (f"{BEGIN}\u05e9\u05d9\u05de\u05d5{END}", 3, f"{BEGIN}\u05e9\u05d9…{END}"), ("", 3, ""),
    ],
)  # fmt: skip
def test_what_is_wider_loses_its_end(text: str, most: int, said: str) -> None:
    assert cut(text, most) == said


def test_a_sentence_of_isolated_names_is_left_to_run_its_own_way() -> None:
    name = short("\u05e9\u05d9\u05de\u05d5\u05e9")
    assert name == f"{BEGIN}\u05e9\u05d9\u05de\u05d5\u05e9{END}"
    assert short(f"{name}: fell") == f"{name}: fell"
    assert short(f"up {name}, \u05e9") == f"{BEGIN}up \u05e9\u05d9\u05de\u05d5\u05e9, \u05e9{END}"
