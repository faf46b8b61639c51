"""Paper is white, whatever scheme the reader had on the screen."""

import pytest

pytestmark = pytest.mark.slow

PAGE = "lessons/01_linear_regression.html"
COLOURS = """[...document.querySelectorAll("body, h1, p, a, pre > code, pre span")].map(
  element => getComputedStyle(element)
).map(style => `${style.color} on ${style.backgroundColor}`)"""
FIGURES = """[...document.querySelectorAll("img.figure")].filter(
  image => getComputedStyle(image).display !== "none"
).map(image => image.getAttribute("src").split("#")[1])"""


def test_a_dark_page_is_printed_like_a_light_one(address, open_page):
    light, dark = (
        open_page(f"{address}/{PAGE}", scheme=scheme) for scheme in ("light", "dark")
    )
    on_screen = light.run(COLOURS)
    assert len(set(on_screen)) > 6
    assert dark.run(COLOURS) != on_screen
    assert set(dark.run(FIGURES)) == {"only-dark"}
    dark.show_as_printed()
    light.show_as_printed()
    light.wait_for(lambda: dark.run(COLOURS) == light.run(COLOURS), "the same colours")
    assert set(dark.run(FIGURES)) == {"only-light"}
