"""The map of the course: a list of lessons, with arcs to those each builds on."""

from html import escape
from itertools import groupby

from site_builder.lesson_lists import minutes
from site_builder.lesson_page import difficulty

# A page that is written by hand shows the map where this comment stands.
MARKER = "<!-- course map -->"
_ROW, _RAIL, _DOT = 100, 110, 11  # units of the drawing: a row, the rail, a radius


def course_map(steps, folder=""):
    """Draw the map: every row is a lesson, every arc leads up to one it builds on.

    The arcs are a picture of what the rows also say in words ("builds on 01"), so
    they are hidden from screen readers.

    Args:
        steps: Sequence of `Step`, in the order of the course.
        folder: String. Where the lessons' pages lie, as seen from the page.

    Returns:
        String of Markdown.
    """
    rows, row = {}, 0
    blocks = ['<nav class="course-map" aria-label="Course map" markdown>']
    for part, members in groupby(steps, lambda step: step.part):
        row += 1  # the heading takes a row of its own
        blocks.append(f'<p class="course-part">Part {escape(part)}</p>')
        items = []
        for step in members:
            rows[step.number] = row
            items.append(_item(step, rows, folder))
            row += 1
        blocks.append("<ol markdown>\n" + "\n".join(items) + "\n</ol>")
    return "\n\n".join([*blocks, "</nav>"])


def _item(step, rows, folder):
    kind = "planned" if step.lesson is None else "written"
    return (
        f'<li class="{kind}" markdown="span">{_arcs(step, rows)}{_name(step, folder)}'
        f' <span class="facts">{_facts(step)}</span>{_about(step)}</li>'
    )


def _name(step, folder):
    number = f'<span class="number">{step.number}</span>'
    if step.lesson is None:
        return f'<span class="name">{number} {escape(step.title)}</span>'
    return f"[{number} {step.title}]({folder}{step.lesson.name}.md){{ .name }}"


def _facts(step):
    if step.lesson is None:
        facts = "coming"
    else:
        facts = difficulty(step.lesson) + minutes(step.lesson)
    before = ", ".join(step.after)
    return facts + (f" · builds on {before}" if before else "")


def _about(step):
    words = step.topics if step.lesson is None else step.lesson.objectives[0]
    return f' <span class="about">{words}</span>'


def _arcs(step, rows):
    """Draw one row's dot, and an arc up to each lesson that it builds on."""
    here = rows[step.number]
    spans = [here - rows[number] for number in step.after if number in rows]
    height = (max(spans, default=0) + 1) * _ROW
    middle, x = height - _ROW // 2, _RAIL - _DOT - 4
    paths = "".join(
        f'<path d="{_arc(x, middle, span)}"/>' for span in sorted(spans, reverse=True)
    )
    return (
        f'<svg aria-hidden="true" viewBox="0 0 {_RAIL} {height}" '
        f'style="--rows: {height // _ROW}">{paths}'
        f'<circle cx="{x}" cy="{middle}" r="{_DOT}"/></svg>'
    )


def _arc(x, middle, span):
    above = middle - span * _ROW
    reach = min(span, 6) * (x / 6) * 4 / 3  # a cubic stays within 3/4 of its handles
    left = round(x - reach)
    return f"M{x} {above}C{left} {above} {left} {middle} {x} {middle}"
