"""Reading models: from files, text and dicts; what they are and what they refuse."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import customerhealth as ch
import small


def test_a_file_a_text_bytes_and_a_dict_give_the_same_model(tmp_path: Path) -> None:
    text = json.dumps(small.DOCUMENT, indent=3)
    path = tmp_path / "model.json"
    path.write_text(text)
    models = [ch.Model.load(path), ch.Model.load(str(path)), ch.Model.parse(text), ch.Model.parse(text.encode())]
    assert {model.digest for model in models} == {small.model().digest}
    assert len(small.model().digest) == 64


def test_the_canonical_json_is_a_model_with_the_same_digest() -> None:
    model = small.model()
    again = ch.Model.parse(model.to_json())
    assert again == model
    assert again.to_json() == model.to_json()
    assert hash(again) == hash(model)


def test_another_weight_is_another_digest() -> None:
    changed = small.document()
    changed["scores"]["health"]["measures"]["size"]["weight"] = 2
    assert ch.Model.parse(changed) != small.model()


def test_a_model_says_what_it_reads_and_gives() -> None:
    model = small.model()
    assert model.name == "small"
    assert set(model.tables["usage"]) == {"account_id", "at", "known_at", "user_id", "quantity"}
    assert model.scores == ["activity", "health"]
    assert model.columns == [
        *("events", "users", "per_user", "mean_quantity"),
        *("activity", "activity_coverage", "health", "health_grade", "health_coverage"),
    ]
    assert repr(model) == "<Model 'small': 1 tables, 4 metrics, 2 scores>"


def test_a_model_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(small.model())) == small.model()


def test_numpy_numbers_may_stand_in_a_dict() -> None:
    changed = small.document()
    changed["scores"]["health"]["measures"]["size"]["weight"] = np.int64(1)
    assert ch.Model.parse(changed) == small.model()


def test_what_json_cannot_hold_is_named_with_its_path() -> None:
    changed = small.document()
    changed["scores"]["health"]["measures"]["size"]["curve"][1] = [10, {100}]
    with pytest.raises(
        ch.ModelError, match=r"scores\.health\.measures\.size\.curve\[1\]\[1\]: \{100\} \(set\)"
    ) as caught:
        ch.Model.parse(changed)
    assert caught.value.problems[0].path == "scores.health.measures.size.curve[1][1]"


def test_not_a_number_in_a_dict_is_named_with_its_path() -> None:
    with pytest.raises(ch.ModelError, match=r"clock: nan \(float\) is nothing that JSON can hold"):
        ch.Model.parse(small.document(clock=float("nan")))


def test_a_dict_that_holds_itself_is_refused() -> None:
    changed = small.document()
    changed["metrics"]["self"] = changed
    with pytest.raises(ch.ModelError, match="nested too deeply"):
        ch.Model.parse(changed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"format": 1', "not JSON"),
        (b"", "not JSON"),
        (b'{"format": 1, "name": "\xff"}', "UTF-8"),
        ('{"name": "\ud800", "format": 1}', "UTF-8"),
        ("[" * 10_000 + "]" * 10_000, "deep"),
        ('{"format": 1, "format": 1}', "twice|duplicate"),
        ('{"format": 1e999}', r"1e999|large|fit|range"),
        ("[]", "object"),
        ("null", "object"),
    ],
)
def test_text_that_is_no_model_is_refused_with_the_place(text: str | bytes, message: str) -> None:
    with pytest.raises(ch.ModelError, match=message):
        ch.Model.parse(text)


def test_a_path_given_as_text_is_no_model() -> None:
    with pytest.raises(ch.ModelError, match="not JSON"):
        ch.Model.parse("model.json")


def test_other_things_are_no_model() -> None:
    with pytest.raises(TypeError, match="not a int; load"):
        ch.Model.parse(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Model\.load"):
        ch.Model()
    with pytest.raises(TypeError, match=r"Model\.load"):
        ch.Model("model.json")  # type: ignore[arg-type]


def test_a_missing_file_is_a_file_error() -> None:
    with pytest.raises(FileNotFoundError):
        ch.Model.load("there-is-none.json")


@pytest.mark.parametrize("name", ch.Model.presets())
def test_presets_fit_the_schema_and_describe_themselves(name: str) -> None:
    model = ch.Model.preset(name)
    jsonschema.validate(model.to_dict(), ch.Model.schema())
    assert model.name == name
    assert model.description
    document = model.to_dict()
    metrics, scores = document["metrics"], document.get("scores", {})
    for kind in ("journeys", "cohorts"):
        silent = [each for each, spec in document.get(kind, {}).items() if not spec.get("description")]
        assert silent == [], f"{name}: {kind} that do not say what they are"
    for journey, spec in document.get("journeys", {}).items():
        silent = [stage["name"] for stage in spec["stages"] if not stage.get("description")]
        assert silent == [], f"{name}: stages of {journey} that do not say what they are"
    for metric, spec in metrics.items():
        assert spec.get("description"), f"{name}: metric {metric} does not say what it is"
    for score, measure, spec in ((s, m, spec) for s in scores for m, spec in scores[s]["measures"].items()):
        source = spec.get("value", spec.get("score", spec.get("each"))).partition(".")[0]
        read = metrics.get(source, scores.get(source, {}))  # what it reads may say it
        assert spec.get("description", read.get("description")), f"{name}: {score}.{measure} does not say what it is"


def test_a_published_model_cites_its_source_and_says_what_was_left_open() -> None:
    for name in set(ch.Model.presets()) - {"b2b-saas", "oss-projects", "onboarding", "person-class"}:
        description = ch.Model.preset(name).description
        assert "Source: " in description, name
        assert "Left open" in description or "not known" in description, name


def test_our_own_model_says_why_for_each_measure() -> None:
    for score, spec in ch.Model.preset("b2b-saas").to_dict()["scores"].items():
        for measure, of in spec["measures"].items():
            assert len(of.get("description", "")) > 50, f"{score}.{measure}"


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ch.UnknownNameError, match="no preset 'b2b-sass': did you mean 'b2b-saas'"):
        ch.Model.preset("b2b-sass")


def test_the_schema_is_a_schema_and_refuses_an_unknown_key() -> None:
    schema = ch.Model.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"format": 1, "tabels": {}}, schema)


def test_the_html_escapes_what_the_document_says() -> None:
    html = ch.Model.parse({"format": 1, "name": "<script>x</script>", "description": "a & b"})._repr_html_()
    assert "<script>" not in html
    assert "a &amp; b" in html


def test_the_html_of_a_model_names_what_it_reads_and_weighs() -> None:
    html = small.model()._repr_html_()
    assert f"<b>small</b> <span style='color:#777'>{small.model().digest[:12]}</span>" in html
    assert "reads <b>usage</b> (account_id, at, known_at, user_id, quantity)</div>" in html
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert cells == ["activity", "volume (3), people (1)", "", "health", "activity (3), size (1)", "red, yellow, green"]
    assert repr(small.model()) == "<Model 'small': 1 tables, 4 metrics, 2 scores>"
    alone = ch.Model.parse({"format": 1, "name": "alone", "metrics": {"m": {"formula": "1"}}})
    assert "reads no tables</div>" in alone._repr_html_()
    life = ch.Model.parse(small.document(cohorts={"busy": {"when": "events > 1"}}, plays={"call": {"when": "busy"}}))
    assert repr(life) == "<Model 'small': 1 tables, 4 metrics, 2 scores, 1 cohorts, 1 plays>"
