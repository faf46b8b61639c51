"""The outputs of one cell as Markdown, in the order in which they came."""

import os
import re

from site_builder.errors import BuildError
from site_builder.figures import in_two_inks
from site_builder.markdown_text import escape_label, fence
from site_builder.terminal import as_shown, without_noise

LEFT_OUT = (
    "*This cell measures time. Its output is left out of a build that must give the "
    "same bytes again.*"
)


class Outputs:
    """Turns a lesson's outputs into Markdown and gathers its figures.

    Args:
        lesson: `fmkeras.course.Lesson`.
        warn: Called with a sentence when a cell wrote to standard error.
    """

    def __init__(self, lesson, warn):
        self.lesson = lesson
        self.warn = warn
        self.files = {}
        self._num_figures = 0

    def render(self, cell, outputs):
        """Return the Markdown of one cell's outputs, a list of blocks."""
        self._warn_of_errors(cell, outputs)
        alt = self._alternative(cell, outputs)
        if outputs and _varies(cell) and "SOURCE_DATE_EPOCH" in os.environ:
            return [LEFT_OUT]
        blocks, text, last_figure = [], "", None
        for output in outputs:
            data = output.get("data", {})
            if _is_figure(output):
                figure = _joined(data["image/svg+xml"])
                if figure != last_figure:
                    blocks += [*_terminal(text), self._figure(figure, alt)]
                    text, last_figure = "", figure
            elif _is_table(data):
                blocks += [*_terminal(text), _table(_joined(data["text/html"]))]
                text = ""
            elif "text/plain" in data:
                text += self._lasting(cell, _joined(data["text/plain"])) + "\n"
            elif output.get("name") == "stdout":
                text += self._lasting(cell, _joined(output["text"]))
        return [*blocks, *_terminal(text)]

    def _lasting(self, cell, text):
        """Return the text, if the next run will give the same."""
        address = re.search(r"<[^<>]* at 0x[0-9a-f]+>", text)
        if address:
            raise BuildError(
                f"{_where(self.lesson, cell)} shows {address[0]}, which is another "
                "address on every run. What would do: `_ = ` before the expression, "
                "or print what of it matters."
            )
        return text

    def _warn_of_errors(self, cell, outputs):
        streams = (o["text"] for o in outputs if o.get("name") == "stderr")
        text = without_noise("".join(map(_joined, streams)))
        if text:
            self.warn(f"{_where(self.lesson, cell)} wrote to standard error:\n{text}")

    def _alternative(self, cell, outputs):
        """Return the alternative text of the cell's figures, if it draws any."""
        alt = " ".join(str(cell.metadata.get("alt", "")).split())
        if not alt and any(map(_is_figure, outputs)):
            raise BuildError(
                f"{_where(self.lesson, cell)} draws a figure that has no alternative "
                'text. What would do: # %% alt="What the figure shows, for a reader '
                'who cannot see it"'
            )
        return alt

    def _figure(self, svg, alt):
        self._num_figures += 1
        figure = in_two_inks(svg)
        size = f'width="{figure.width}" height="{figure.height}" loading="lazy"'
        images = []
        for scheme, content in figure.svg.items():
            name = f"figures/{self.lesson.name}_{self._num_figures}_{scheme}.svg"
            self.files[name] = content
            link = f"![{escape_label(alt)}]({name}#only-{scheme})"
            images.append(f"{link}{{ .figure {size} }}")
        return "\n".join(images)


def _terminal(text):
    shown = as_shown(text)
    return [fence(shown, "{ .text .no-copy .output }")] if shown else []


def _table(html):
    """Keep a table's content and leave its looks to the page."""
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    html = re.sub(r' (?:border|style|class)="[^"]*"', "", html)
    return re.sub(r"\n\s*", "\n", html).strip()


def _varies(cell):
    return "measured" in cell.metadata.get("tags", [])


def _is_figure(output):
    return "image/svg+xml" in output.get("data", {})


def _is_table(data):
    return "<table" in _joined(data.get("text/html", ""))


def _joined(text):
    return text if isinstance(text, str) else "".join(text)


def _where(lesson, cell):
    return f"{lesson.path.name}, line {cell.line}, section '{cell.section}':"
