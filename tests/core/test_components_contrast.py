"""Letters, edges and bars stand out from what is behind them, light and dark (WCAG 2.2 AA)."""

import re

import pytest
from django.contrib.staticfiles import finders

LETTERS, SHAPES = 4.5, 3.0
GROUNDS = ("surface", "page", "sunken")
TONES = ("good", "bad", "unsure", "going", "off")
PAIRS = [
    *((letter, ground, LETTERS) for letter in ("text", "muted", "accent") for ground in GROUNDS),
    *((tone, f"{tone}-bg", LETTERS) for tone in TONES),
    *((tone, "surface", LETTERS) for tone in TONES),
    ("accent", "accent-bg", LETTERS),
    *(("on-fill", f"{fill}", LETTERS) for fill in ("fill", "fill-hover")),
    *(("on-fill", f"danger-{fill}", LETTERS) for fill in ("fill", "fill-hover")),
    *(("edge", ground, SHAPES) for ground in GROUNDS),
    *((f"chart-{tone}", "surface", SHAPES) for tone in TONES),
]


def colours():
    """Each name with its light and its dark colour."""
    with open(finders.find("tokens.css")) as file:
        text = file.read()
    both = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    one = re.findall(r"--([\w-]+): (#\w{6});", text)
    return {name: (light, dark) for name, light, dark in both} | {
        name: (colour, colour) for name, colour in one
    }


COLOURS = colours()


def luminance(colour):
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_twenty_one_to_one():
    assert ratio("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_what_is_read_stands_out(front, back, least, theme):
    assert ratio(COLOURS[front][theme], COLOURS[back][theme]) >= least
