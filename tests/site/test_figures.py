"""A figure comes in two inks, the same bytes every time, and never without words."""

import xml.etree.ElementTree as ElementTree

import pytest

from fmkeras.course.cells import Cell
from fmkeras.course.lessons import Lesson
from site_builder.errors import BuildError
from site_builder.figures import INKS, SENTINEL, in_two_inks
from site_builder.outputs import Outputs

SVG = f"""<?xml version="1.0"?>
<svg width="72pt" height="36.4pt" viewBox="0 0 72 36.4">
 <metadata><date>today</date></metadata>
 <path style="stroke: {SENTINEL}"/><path style="stroke: #c57100"/>
</svg>
"""


def outputs_of(tmp_path, warnings=None):
    lesson = Lesson(
        "01", "one", "One", "I", 1, 1, (), ("See.",), tmp_path / "01_one.py"
    )
    return Outputs(lesson, (warnings if warnings is not None else []).append)


def cell(**metadata):
    return Cell("code", "plot()", 7, metadata, "Plots")


def figure(svg=SVG):
    return {"output_type": "display_data", "data": {"image/svg+xml": svg}}


def test_only_the_ink_changes_with_the_scheme():
    light, dark = (in_two_inks(SVG).svg[scheme].decode() for scheme in INKS)
    assert INKS["light"] in light
    assert INKS["dark"] in dark
    assert light.replace(INKS["light"], INKS["dark"]) == dark
    assert "#c57100" in light
    assert SENTINEL not in light + dark


def test_sizes_are_in_pixels_and_nothing_tells_the_day():
    made = in_two_inks(SVG)
    assert (made.width, made.height) == (96, 49)
    for content in made.svg.values():
        root = ElementTree.fromstring(content)
        assert (root.get("width"), root.get("height")) == ("96", "49")
        assert b"today" not in content


def test_the_page_shows_each_version_in_its_scheme(tmp_path):
    outputs = outputs_of(tmp_path)
    (block,) = outputs.render(cell(alt="A line [rising]"), [figure()])
    assert block == (
        r"![A line \[rising\]](figures/01_one_1_light.svg#only-light)"
        '{ .figure width="96" height="49" loading="lazy" }\n'
        r"![A line \[rising\]](figures/01_one_1_dark.svg#only-dark)"
        '{ .figure width="96" height="49" loading="lazy" }'
    )
    assert set(outputs.files) == {
        "figures/01_one_1_light.svg",
        "figures/01_one_1_dark.svg",
    }


@pytest.mark.parametrize("metadata", [{}, {"alt": "  "}])
def test_a_figure_without_words_stops_the_build(tmp_path, metadata):
    with pytest.raises(BuildError) as error:
        outputs_of(tmp_path).render(cell(**metadata), [figure()])
    assert str(error.value) == (
        "01_one.py, line 7, section 'Plots': draws a figure that has no alternative "
        'text. What would do: # %% alt="What the figure shows, for a reader who cannot '
        'see it"'
    )


def test_a_figure_shown_twice_by_the_notebook_is_shown_once(tmp_path):
    blocks = outputs_of(tmp_path).render(cell(alt="A line"), [figure(), figure()])
    assert len(blocks) == 1


def test_text_keeps_its_place_among_figures(tmp_path):
    def stream(text):
        return {"output_type": "stream", "name": "stdout", "text": text}

    outputs = [stream("be"), stream("fore\n"), figure(), stream("after\n")]
    blocks = outputs_of(tmp_path).render(cell(alt="A line"), outputs)
    assert [block.split("\n")[1][:6] for block in blocks] == [
        "before",
        "![A li",
        "after",
    ]


def test_what_is_written_to_standard_error_warns_and_names_the_lesson(tmp_path):
    warnings = []
    stream = {"output_type": "stream", "name": "stderr", "text": "careful\n"}
    assert outputs_of(tmp_path, warnings).render(cell(), [stream]) == []
    assert warnings == [
        "01_one.py, line 7, section 'Plots': wrote to standard error:\ncareful"
    ]


def test_a_table_leaves_its_looks_to_the_page(tmp_path):
    html = '<style>td {}</style><table border="1" class="x"><tr><td>1</td></tr></table>'
    output = {"data": {"text/html": html, "text/plain": "a table"}}
    (block,) = outputs_of(tmp_path).render(cell(), [output])
    assert block == "<table><tr><td>1</td></tr></table>"


def test_a_table_drawn_in_text_stays_text(tmp_path):
    output = {"data": {"text/html": "<pre>┏━┓</pre>", "text/plain": "┏━┓"}}
    (block,) = outputs_of(tmp_path).render(cell(), [output])
    assert block == "```{ .text .no-copy .output }\n┏━┓\n```"


@pytest.mark.parametrize(
    "output",
    [
        {"data": {"text/plain": ["<History at 0x7f3a>"]}},
        {"name": "stdout", "text": "a\nit is <object object at 0x7f3a>, they say\n"},
    ],
)
def test_an_address_in_memory_stops_the_build(tmp_path, output):
    with pytest.raises(BuildError) as error:
        outputs_of(tmp_path).render(cell(), [output])
    shown = "<History" if "data" in output else "<object object"
    assert str(error.value) == (
        f"01_one.py, line 7, section 'Plots': shows {shown} at 0x7f3a>, which is "
        "another address on every run. What would do: `_ = ` before the expression, or "
        "print what of it matters."
    )


def test_what_only_looks_like_an_address_is_shown(tmp_path):
    said = "if a < b at 0x10 or c > d: <b'ab'>"
    shown = outputs_of(tmp_path).render(cell(), [{"name": "stdout", "text": said}])
    assert said in shown[0]
