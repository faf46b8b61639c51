"""What holds of every figure: it is quiet, in the reader's ink, and tidy."""

import io
import re
import subprocess
import sys
from itertools import combinations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Text

from fmkeras import plots
from fmkeras.scratch import Value

X = np.random.default_rng(0).normal(size=(60, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype("int32")
STEPS = np.linspace(0, 1, 30)
LOGS = {
    "loss": 1.5 * np.exp(-3 * STEPS),
    "accuracy": 1 - 0.6 * np.exp(-4 * STEPS),
    "val_loss": 1.5 * np.exp(-3 * STEPS) + 0.1,
    "val_accuracy": 0.9 - 0.5 * np.exp(-4 * STEPS),
}
DIGITS = np.random.default_rng(1).uniform(size=(10, 8, 8))
HEADS = np.tril(np.ones((2, 7, 7))) / np.arange(1, 8)[:, None]
PATH = np.array([[-1.2, 1.0], [0.5, -0.7], [0.1, 0.1]])


def neuron():
    x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(6.8, "b")
    output = (x * w + b).tanh()
    output.backward()
    return output.graph()


EXAMPLES = {
    "activation_curves": lambda **options: plots.activation_curves(
        {"tanh": np.tanh, "ReLU": lambda z: np.maximum(z, 0), "step": np.sign},
        **options,
    ),
    "attention_map": lambda **options: plots.attention_map(
        HEADS,
        ["the", "statement", "is", "executed", "when", "it", "ends"],
        titles=["first head", "second head"],
        **options,
    ),
    "bars": lambda **options: plots.bars(
        ["first convolution", "second convolution", "output"],
        {"modern": [156, 2416, 850], "1998": [156, 1516, 850]},
        ylabel="parameters",
        **options,
    ),
    "computational_graph": lambda **options: plots.computational_graph(
        *neuron(), **options
    ),
    "curves": lambda **options: plots.curves(
        [1, 2, 4, 8, 16],
        {"narrow": [5, 4, 3, 2, 1], "wide": [4, 2, 1, 0.5, 0.2]},
        points={"seen": [[3, 3], [5, 1]]},
        references={"noise": 0.1},
        xlabel="hidden units",
        ylabel="error",
        logx=True,
        **options,
    ),
    "decision_boundary": lambda **options: plots.decision_boundary(
        lambda p: 1 / (1 + np.exp(-4 * p[:, 0] * p[:, 1])), X, Y, **options
    ),
    "feature_maps": lambda **options: plots.feature_maps(
        {"before training": np.moveaxis(DIGITS[:6], 0, -1), "after": DIGITS[:, :, :6]},
        titles=range(6),
        **options,
    ),
    "image_grid": lambda **options: plots.image_grid(
        DIGITS - 0.5,
        titles=[f"{i} → {9 - i}" for i in range(10)],
        diverging=True,
        **options,
    ),
    "learning_curves": lambda **options: plots.learning_curves(
        {"momentum": LOGS, "Adam": LOGS, "RMSprop with a schedule": LOGS}, **options
    ),
    "loss_surface": lambda **options: plots.loss_surface(
        lambda u, v: u**2 + 3 * v**2, {"SGD": PATH, "Adam": PATH / 2}, **options
    ),
    "scatter_fit": lambda **options: plots.scatter_fit(
        X, X @ [1.0, 2.0], predictions=X @ [1.0, 1.9], target="price", **options
    ),
    "token_boxes": lambda **options: plots.token_boxes(
        {"words": ["the", " sea", "\n"] * 9, "letters": list("the sea")}, **options
    ),
}
every_figure = pytest.mark.parametrize("name", EXAMPLES)


def test_there_is_an_example_of_every_function():
    assert sorted([*EXAMPLES, "PALETTE"]) == plots.__all__


@every_figure
def test_returns_a_figure_that_pyplot_knows(name):
    figure = EXAMPLES[name]()
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == [figure.number]


@every_figure
def test_shows_and_saves_nothing(name, tmp_path, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("behind the reader's back")

    monkeypatch.setattr(plt, "show", forbidden)
    monkeypatch.setattr(Figure, "show", forbidden)
    monkeypatch.setattr(Figure, "savefig", forbidden)
    monkeypatch.chdir(tmp_path)
    EXAMPLES[name]()
    assert list(tmp_path.iterdir()) == []


@every_figure
def test_leaves_the_readers_settings_as_they_were(name):
    matplotlib.rcParams.update({"font.size": 9, "axes.facecolor": "none"})
    before = dict(matplotlib.rcParams)
    EXAMPLES[name]()
    assert dict(matplotlib.rcParams) == before


@every_figure
def test_leaves_the_readers_data_as_they_were(name):
    before = X.copy(), Y.copy(), DIGITS.copy(), PATH.copy()
    EXAMPLES[name]()
    for array, copy in zip((X, Y, DIGITS, PATH), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_figure
def test_writes_in_letters_of_the_size_the_reader_chose(name):
    def largest():
        return max(t.get_fontsize() for t in EXAMPLES[name]().findobj(Text))

    usual = largest()
    matplotlib.rcParams["font.size"] = 5
    assert largest() < 0.7 * usual


def style(ink):
    """Return the settings under which the site draws."""
    places = "text axes.label axes.edge xtick. ytick. xtick.label ytick.label"
    keys = [
        f"{place}.color" if place == "text" else f"{place}color"
        for place in places.split()
    ]
    return dict.fromkeys(keys, ink) | {
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "svg.hashsalt": "fmkeras",
    }


def as_svg(name, ink):
    with plt.rc_context(style(ink)):
        drawing = io.StringIO()
        EXAMPLES[name]().savefig(drawing, format="svg", metadata={"Date": None})
    # Names of shapes that are used again come from a hash of their style.
    return re.sub(r'(id="|href="#|url\(#)[^")]*', r"\1", drawing.getvalue())


@pytest.mark.slow
@every_figure
def test_ink_may_be_exchanged_in_the_finished_drawing(name):
    light = as_svg(name, "#123456")
    assert light.count("#123456") > 3
    assert light.replace("#123456", "#e3e5ec") == as_svg(name, "#e3e5ec")


@pytest.mark.slow
@every_figure
def test_nothing_is_black_or_white_of_itself(name):
    with plt.rc_context(style("#123456")):
        figure = EXAMPLES[name]()
        figure.canvas.draw()
    artists = set(figure.findobj()) - {figure, figure.patch}  # edges of no width
    for artist in artists - set(figure.findobj(QuadMesh)):  # the scales of colours
        for kind in ("color", "edgecolor", "facecolor", "markeredgecolor"):
            colours = getattr(artist, f"get_{kind}", list)()
            for *colour, opacity in to_rgba_array(colours):
                seen = to_hex(colour) if opacity > 0 else None
                assert seen not in ("#000000", "#ffffff"), (artist, kind)


@pytest.mark.slow
@every_figure
def test_the_page_shows_through(name):
    with plt.rc_context(style("#123456")):
        figure = EXAMPLES[name]()
        figure.canvas.draw()
        rgba = np.asarray(figure.canvas.buffer_rgba())
    assert rgba[0, 0, 3] == 0
    assert (rgba[..., 3] == 0).mean() > 0.1


@pytest.mark.slow
@every_figure
def test_words_never_overlap(name, monkeypatch):
    drawn, draw = [], Text.draw

    def record(self, renderer, *args, **kwargs):
        if self.get_visible() and self.get_text().strip():
            drawn.append((self.get_text(), self.get_window_extent(renderer)))
        return draw(self, renderer, *args, **kwargs)

    figure = EXAMPLES[name](title="A title above everything")
    figure.canvas.draw()
    monkeypatch.setattr(Text, "draw", record)
    figure.canvas.draw()
    assert len(drawn) > 8
    for (one, box), (other, beside) in combinations(drawn, 2):
        width = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        height = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        assert width <= 1 or height <= 1, (one, other)


@pytest.mark.slow
@every_figure
@pytest.mark.filterwarnings("error::UserWarning")
def test_fits_the_page_and_keeps_within_its_edges(name):
    figure = EXAMPLES[name](title="A title")
    assert figure.get_size_inches()[0] <= 6.8 + 1e-9
    figure.canvas.draw()  # a layout that does not fit is a warning
    edges = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert edges.x0 > -0.05
    assert edges.y0 > -0.05
    assert edges.x1 < width + 0.05
    assert edges.y1 < height + 0.05


@every_figure
def test_has_the_size_and_the_title_asked_for(name):
    figure = EXAMPLES[name](title="A title", figsize=(5, 4))
    assert tuple(figure.get_size_inches()) == (5, 4)
    assert figure.get_suptitle() == "A title"


@every_figure
def test_says_what_size_would_do(name):
    with pytest.raises(ValueError) as error:
        EXAMPLES[name](figsize=(5, -4))
    begin = (
        f"{name}: `figsize` must be a width and a height in inches, both positive. "
        "Received: figsize=(5, -4). What would do: figsize=("
    )
    assert str(error.value).startswith(begin)
    assert plt.get_fignums() == []


def test_importing_the_figures_imports_nothing_heavy():
    code = (
        "import sys, fmkeras.plots; "
        "print(*{'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
