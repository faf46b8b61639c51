"""One executed lesson as a page, with its figures and downloads."""

import os
import re
from functools import lru_cache
from itertools import groupby

import nbformat

from fmkeras.course import to_notebook
from fmkeras.course.solutions import strip_solutions
from site_builder.markdown_text import fence, folded, front_matter
from site_builder.outputs import Outputs
from site_builder.repository import colab_address, with_installation

DETAILS = re.compile(
    r"^<details>\s*<summary>(?P<title>.*?)</summary>\n(?P<body>.*?)^</details>",
    re.DOTALL | re.MULTILINE,
)
SOLUTION_MARKER = re.compile(
    r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE
)
KINDS = {"hint": "tip", "solution": "success"}


def lesson_files(executed, catalogue, warn, used=()):
    """Render one lesson.

    Args:
        executed: `ExecutedLesson`.
        catalogue: List of all `Lesson`, for links to prerequisites.
        warn: Called with a sentence about what does not stop the build.
        used: Sequence of `UsedName`, sorted, for the list at the foot.

    Returns:
        Dictionary from a path below `lessons/` to bytes.

    Raises:
        BuildError: If a figure has no alternative text.
    """
    lesson = executed.lesson
    outputs = Outputs(lesson, warn)
    blocks = []
    for cell, cell_outputs in executed.cells_with_outputs():
        blocks += _blocks(cell, outputs.render(cell, cell_outputs), lesson)
    title, body = _split_title("\n\n".join(blocks), lesson)
    page = [*_head(executed, title, catalogue), body, *_foot(used)]
    return {
        f"{lesson.name}.md": ("\n\n".join(page) + "\n").encode(),
        f"{lesson.name}.py": lesson.path.read_bytes(),
        f"{lesson.name}.ipynb": _notebook(lesson),
        f"{lesson.name}_student.ipynb": _notebook(lesson, student=True),
        **outputs.files,
    }


def difficulty(lesson):
    """Show how hard a lesson is, for the eye and for a screen reader."""
    dots = "●" * lesson.difficulty + "○" * (3 - lesson.difficulty)
    words = f"Difficulty {lesson.difficulty} of 3"
    return f'<span class="difficulty" role="img" aria-label="{words}">{dots}</span>'


def _blocks(cell, outputs, lesson):
    if cell.kind == "prose":
        return [DETAILS.sub(_fold_details, cell.source)]
    if cell.kind == "exercise":
        return [*_exercise(cell, lesson), *outputs]
    code = fence(cell.source, "python")
    if cell.kind == "check":
        return [folded("question", "Check your answer", "\n\n".join([code, *outputs]))]
    return [code, *outputs]


def _exercise(cell, lesson):
    stub = strip_solutions(cell.source, lesson.path.name)
    solution = SOLUTION_MARKER.sub("", cell.source).rstrip()
    yield fence(stub.rstrip(), 'python title="Your turn"')
    yield folded("success", "Solution", fence(solution, "python"))


def _fold_details(match):
    title = match["title"].strip()
    return folded(KINDS.get(title.lower(), "note"), title, match["body"].strip("\n"))


def _split_title(body, lesson):
    heading = re.match(r"\s*# (.+)\n?", body)
    if heading is None:
        return lesson.title, body
    return heading[1].strip(), body[heading.end() :].lstrip("\n")


def _head(executed, title, catalogue):
    lesson = executed.lesson
    yield front_matter(lesson.title, " ".join(lesson.objectives))
    yield _aside("kicker", f"Lesson {lesson.number} · Part {lesson.part}")
    yield f"# {title}"
    yield _aside("facts", difficulty(lesson) + _time_taken(executed))
    yield _downloads(lesson)
    yield _objectives(lesson, catalogue)


def _aside(kind, html):
    """Write a line that is no part of the text, and nothing to search for."""
    return f'<p class="{kind}" data-search-exclude>{html}</p>'


def _time_taken(executed):
    if "SOURCE_DATE_EPOCH" in os.environ:  # equal bytes: what was measured varies
        return f"Runs in about {executed.lesson.minutes} min on two cores."
    run = executed.run
    seconds = max(1, round(run.seconds))
    cores = {1: "one core", 2: "two cores"}.get(run.cores, f"{run.cores} cores")
    return f"Ran in {seconds} s on {cores} when this page was built."


def _notebook(lesson, student=False):
    return _notebook_of(lesson, lesson.text(), student)


@lru_cache(maxsize=512)  # a preview asks again and again; a new text makes a new one
def _notebook_of(lesson, text, student):
    notebook = with_installation(to_notebook(lesson, student))
    return (nbformat.writes(notebook) + "\n").encode()


def _downloads(lesson):
    files = {
        "Script": f"{lesson.name}.py",
        "Notebook": f"{lesson.name}.ipynb",
        "Student’s notebook": f"{lesson.name}_student.ipynb",
    }
    links = [
        f'[{label}]({name}){{ .md-button download="{name}" }}'
        for label, name in files.items()
    ]
    if address := colab_address(lesson):
        links.append(f"[Colab]({address}){{ .md-button }}")
    return '<div class="downloads" markdown>\n' + "\n".join(links) + "\n</div>"


def _objectives(lesson, catalogue):
    lines = ['!!! abstract "After this lesson you can"', ""]
    lines += [f"    - {objective}" for objective in lesson.objectives]
    known = {other.number: other for other in catalogue}
    before = [_link(number, known.get(number)) for number in lesson.prerequisites]
    if before:
        lines += ["", f"    Read first: {', '.join(before)}."]
    return "\n".join(lines)


def _foot(used):
    if used:
        yield "## You used { data-search-exclude }"
        modules = groupby(used, lambda name: name.module)
        yield "\n".join(_names(module, names) for module, names in modules)


def _names(module, names):
    links = [f"[`{name.name}`]({name.address})" for name in names]
    return f"- `{module}`: {', '.join(links)}"


def _link(number, lesson):
    if lesson is None:  # a lesson that is still to be written
        return f"lesson {number}"
    return f"[{number} {lesson.title}]({lesson.name}.md)"
