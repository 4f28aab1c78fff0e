"""What differs between two versions of a model, by path."""

from __future__ import annotations

import copy
from typing import Any

import customerhealth as ch
import small


def changes(edit: Any) -> list[tuple[Any, ...]]:
    document = copy.deepcopy(small.DOCUMENT)
    edit(document)
    return [tuple(row.values()) for row in small.model().diff(ch.Model.parse(document)).to_pylist()]


def test_equal_models_differ_in_nothing_however_they_were_written() -> None:
    table = ch.Model.preset("b2b-saas").diff(ch.Model.parse(ch.Model.preset("b2b-saas").to_dict()))
    assert table.num_rows == 0
    assert table.column_names == ["path", "change", "from", "to"]


def test_a_changed_weight_is_named_by_its_path() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["scores"]["health"]["measures"]["size"]["weight"] = 2

    assert changes(edit) == [("scores.health.measures.size.weight", "changed", "1", "2")]


def test_what_was_added_and_removed_is_shown_whole() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["scores"]["health"]["round"] = 1
        del document["metrics"]["per_user"]

    assert changes(edit) == [
        ("metrics.per_user", "removed", '{"formula":"events / users"}', None),
        ("scores.health.round", "added", None, "1"),
    ]


def test_lists_are_compared_place_by_place() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["scores"]["health"]["grades"][2]["from"] = 80
        document["scores"]["activity"]["measures"]["people"]["curve"].append([9, 100])

    assert changes(edit) == [
        ("scores.activity.measures.people.curve[2]", "added", None, "[9,100]"),
        ("scores.health.grades[2].from", "changed", "75", "80"),
    ]


def test_a_measure_at_another_place_has_moved() -> None:
    def edit(document: dict[str, Any]) -> None:
        measures = document["scores"]["activity"]["measures"]
        measures["volume"] = measures.pop("volume")

    assert changes(edit) == [("scores.activity.measures.volume", "moved", None, '"people"')]


def test_a_key_that_is_no_word_is_quoted() -> None:
    def model(label: str) -> ch.Model:
        words = "if(events > 1, 'much', 'little')"
        document = small.document(scores={"s": {"measures": {"x": {"value": words, "labels": {label: 5}}}}})
        return ch.Model.parse(document)

    found = model("much").diff(model("not much")).column("path").to_pylist()
    assert found == ["scores.s.measures.x.labels.much", 'scores.s.measures.x.labels."not much"']


def of_measures(order: str) -> ch.Model:
    measures = {name: {"value": "events", "identity": True} for name in order}
    return ch.Model.parse(small.document(scores={"s": {"measures": measures}}))


def test_as_few_as_possible_have_moved() -> None:
    def moved(old: str, new: str) -> list[tuple[Any, ...]]:
        found = of_measures(old).diff(of_measures(new)).to_pylist()
        return [(row["path"].rpartition(".")[2], row["from"], row["to"]) for row in found if row["change"] == "moved"]

    assert moved("abcd", "abcd") == []
    assert moved("abcd", "bcda") == [("a", None, '"d"')]
    assert moved("abcd", "dabc") == [("d", '"c"', None)]
    assert moved("abcd", "acbd") == [("b", '"a"', '"c"')]  # of two that fit as well the later one
    assert [name for name, _, _ in moved("abcd", "dcba")] == ["c", "b", "a"]  # one of them may stay
    assert moved("abc", "cxa") == [("a", None, '"c"')]  # what is gone or new has not moved


def test_lists_that_are_shorter_lose_their_ends() -> None:
    def edit(document: dict[str, Any]) -> None:
        del document["scores"]["health"]["grades"][1:]

    assert changes(edit) == [
        ("scores.health.grades[1]", "removed", '{"from":50,"name":"yellow"}', None),
        ("scores.health.grades[2]", "removed", '{"from":75,"name":"green"}', None),
    ]


def test_a_number_that_becomes_nothing_is_a_change() -> None:
    def model(points: int | None) -> ch.Model:
        bands = [{"below": 2, "points": 5}, {"points": points}]
        return ch.Model.parse(small.document(scores={"s": {"measures": {"m": {"value": "events", "bands": bands}}}}))

    path = "scores.s.measures.m.bands[1].points"
    assert model(9).diff(model(None)).to_pylist() == [{"path": path, "change": "changed", "from": "9", "to": "null"}]


def test_texts_of_any_script_are_shown_as_they_are() -> None:
    def edit(document: dict[str, Any]) -> None:
        document["name"] = "größer"

    assert changes(edit) == [("name", "changed", '"small"', '"größer"')]


def test_models_that_differ_in_nothing_give_an_empty_table_of_texts() -> None:
    table = small.model().diff(small.model())
    assert (table.num_rows, {str(kind) for kind in table.schema.types}) == (0, {"string"})
