"""What all figures share: size, letters, numbers, legends."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
from matplotlib.lines import Line2D

from fmkeras.plots.canvas import (
    add_legend,
    figure_size,
    finish,
    format_number,
    soften,
    text_width,
    wrap,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (-12.5, "−12.5"),
        (0.12345, "0.123"),
        (999.0, "999"),
        (999.7, "1,000"),
        (1000.0, "1,000"),
        (-61706.4, "−61,706"),
        (1e9, "1e+09"),
        (2.5e-7, "2.5e−07"),
    ],
)
def test_numbers_are_short(number, text):
    assert format_number(number) == text


def test_numbers_keep_the_hyphen_where_the_style_asks_for_it():
    matplotlib.rcParams["axes.unicode_minus"] = False
    assert format_number(-1.0) == "-1"


def test_more_digits_on_request():
    assert format_number(0.123456, digits=5) == "0.12346"


def test_the_reader_decides_on_the_size():
    assert figure_size("plot", (3, 2), height=4.0) == (3.0, 2.0)
    assert figure_size("plot", None, height=4.0, width=5.0) == (5.0, 4.0)


@pytest.mark.parametrize(
    "figsize", [3, (3,), (3, 0), (-1, 2), "ab", (1, 2, 3), (1, float("nan"))]
)
def test_says_what_size_would_do(figsize):
    with pytest.raises(ValueError) as error:
        figure_size("plot", figsize, height=4.0)
    assert str(error.value) == (
        "plot: `figsize` must be a width and a height in inches, both positive. "
        f"Received: figsize={figsize!r}. What would do: figsize=(6.8, 4)."
    )


def test_a_long_legend_is_broken_into_rows_that_fit():
    figure = plt.figure(figsize=(4, 4))
    names = [f"a run with a long name, number {i}" for i in range(7)]
    add_legend(figure, [Line2D([], [], label=name) for name in names])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == names
    assert legend.get_window_extent().width <= figure.bbox.width


def test_a_name_wider_than_the_page_still_has_its_legend():
    figure = plt.figure(figsize=(2, 2))
    add_legend(figure, [Line2D([], [], label="m" * 60)])
    assert len(figure.legends) == 1


def test_without_names_there_is_no_legend():
    figure = plt.figure()
    add_legend(figure, [])
    assert figure.legends == []


def test_lines_break_between_words_only():
    assert wrap("one two three", width=0.6) == "one two\nthree"
    assert wrap("internationalisation", width=0.3) == "internationalisation"


def test_width_is_what_matplotlib_draws():
    matplotlib.rcParams["font.size"] = 20
    drawn = plt.figure(dpi=72).text(0, 0, "grad −0.7723").get_window_extent().width
    assert 20 * text_width("grad −0.7723") == pytest.approx(drawn, rel=0.05)
    assert text_width("bold", "bold") > text_width("bold")
    assert text_width(" ") == 0.0


@pytest.mark.parametrize(
    ("backend", "kept"),
    [
        ("agg", True),
        ("inline", False),  # as matplotlib 3.9 names it
        ("module://matplotlib_inline.backend_inline", False),
    ],
)
def test_pyplot_forgets_a_figure_under_the_inline_backend_alone(
    backend, kept, monkeypatch
):
    figure = plt.figure()
    monkeypatch.setattr(matplotlib, "get_backend", lambda: backend)
    assert finish(figure) is figure
    assert plt.fignum_exists(figure.number) is kept


def test_a_reader_who_asked_for_a_grid_gets_that_grid():
    matplotlib.rcParams.update({"axes.grid": True, "grid.color": "#00ff00"})
    axes = plt.figure().add_subplot()
    soften(axes)
    assert axes.get_xgridlines()[0].get_color() == "#00ff00"
    assert axes.get_xgridlines()[0].get_alpha() == 1.0
