"""The figures of the benchmarks, from their JSON to the page that shows them."""

import json
from functools import lru_cache
from io import StringIO

from benchmarks import fitting, markdown, results
from site_builder.errors import BuildError
from site_builder.figures import SENTINEL, in_two_inks
from site_builder.kernel_setup import INKED
from site_builder.markdown_text import escape_label

FILE = "benchmarks.json"  # beside the page; one real run, measured by `make bench`

# A page that is written by hand shows these where the comments stand.
TABLES_MARKER = "<!-- benchmark tables -->"
GROWTH_MARKER = "<!-- benchmark growth -->"
SETTING_MARKER = "<!-- benchmark setting -->"
MAKE = f"make bench JSON=docs/{FILE}"
NOTHING = f"*No run has been recorded yet: `{MAKE}` makes one.*"
GROUNDS = ("figure.facecolor", "axes.facecolor", "legend.facecolor")


def read(docs):
    """Read the recorded run.

    Args:
        docs: Path of the folder with the pages written by hand.

    Returns:
        The results, or `None` where no run has been recorded.

    Raises:
        BuildError: If the file does not hold results.
    """
    path = docs / FILE
    if not path.exists():
        return None
    try:
        return results.read(path)
    except results.ResultsError as error:
        raise BuildError(f"{error} What would do: {MAKE}") from error


def tables(found):
    """Write the tables of ratios as Markdown."""
    return NOTHING if found is None else markdown.tables(found)


def setting(found):
    """Write on what the figures were taken as Markdown."""
    if found is None:
        return NOTHING
    return f"{markdown.setting(found)}\n\nAll figures: [{FILE}]({FILE})."


def growth(found):
    """Show how cost grows: a figure for each quantity, and what it says in words."""
    if found is None or not found["growth"]:
        return NOTHING
    return "\n\n".join(_shown(entry) for entry in found["growth"])


def figures(found):
    """Draw the figures.

    Args:
        found: Results, or `None`.

    Returns:
        Dictionary from a path beside the page to bytes.
    """
    return {
        _name(entry, scheme): svg
        for entry in ([] if found is None else found["growth"])
        for scheme, svg in _drawn(json.dumps(entry)).svg.items()
    }


def _shown(entry):
    drawn = _drawn(json.dumps(entry))
    said = markdown.growth_sentence(entry)
    size = f'width="{drawn.width}" height="{drawn.height}" loading="lazy"'
    images = [
        f"![{escape_label(said)}]({_name(entry, scheme)}#only-{scheme})"
        f"{{ .figure {size} }}"
        for scheme in drawn.svg
    ]
    return f"{said}\n\n" + "\n".join(images)


def _name(entry, scheme):
    return f"figures/benchmarks_{entry['job']}_{scheme}.svg"


@lru_cache(maxsize=64)  # a preview asks again and again
def _drawn(entry):
    """Draw measured costs and theory's, from the JSON of one entry."""
    import matplotlib
    from matplotlib import pyplot

    from fmkeras import plots

    entry = json.loads(entry)
    theory = fitting.scaled_to(entry["seconds"], entry["theory"])
    buffer = StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(dict.fromkeys(GROUNDS, "none"))
        matplotlib.rcParams.update(dict.fromkeys(INKED, SENTINEL))
        matplotlib.rcParams.update({"svg.hashsalt": "fmkeras", "svg.fonttype": "path"})
        figure = plots.curves(
            entry["x"],
            {f"theory, power {entry['theory_exponent']:.2f}": theory},
            points={
                f"measured, power {entry['exponent']:.2f}": list(
                    zip(entry["x"], entry["seconds"], strict=True)
                )
            },
            xlabel=entry["axis"],
            ylabel=f"seconds for {entry['what']}",
            logx=True,
            logy=True,
        )
        metadata = {"Date": None}
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata=metadata)
        pyplot.close(figure)
    return in_two_inks(buffer.getvalue())
