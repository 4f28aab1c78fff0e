"""The colours of charts, reports and explanations: seen by everybody, on light pages and on dark ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from customerhealth.colours import BEST, MIDDLE, MISSING, NEUTRAL, SERIES, WORST, faint, grade_colours

Floats = npt.NDArray[np.float64]

# What people without one kind of cones see, in linear RGB: Machado, Oliveira, Fernandes (2009), severity 1.
BLINDNESS: dict[str, Any] = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> Floats:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: Floats) -> Floats:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])  # none is so dark that the linear part of the curve counts
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(one: str, other: str, blindness: str) -> float:
    seen = [lab(np.clip(np.array(BLINDNESS[blindness]) @ linear(colour), 0.001, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
@pytest.mark.parametrize("colour", [WORST, MIDDLE, BEST, NEUTRAL, MISSING, *SERIES])
def test_each_colour_stands_out_from_light_and_dark_pages(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_three_grades_are_told_apart_by_people_who_are_colour_blind(blindness: str) -> None:
    for one, other in itertools.combinations((WORST, MIDDLE, BEST), 2):
        assert apart(one, other, blindness) >= 20


def test_red_and_green_of_the_trade_would_not_have_been() -> None:
    assert apart("#d62728", "#7a8a00", "deuteranopia") < 20


def test_a_grade_has_its_colour_by_its_place() -> None:
    assert grade_colours(["red", "yellow", "green"]) == {"red": WORST, "yellow": MIDDLE, "green": BEST}
    assert grade_colours(["at_risk", "safe"]) == {"at_risk": WORST, "safe": BEST}
    assert list(grade_colours(["a", "b", "c", "d", "e"]).values())[::2] == [WORST, MIDDLE, BEST]
    assert len(set(grade_colours(list("abcdefg")).values())) == 7
    assert grade_colours(["only"]) == {"only": NEUTRAL}
    assert grade_colours([]) == {}


def test_an_area_has_the_colour_of_its_line() -> None:
    assert faint("#c53a26", 0.5) == "rgba(197,58,38,0.5)"
