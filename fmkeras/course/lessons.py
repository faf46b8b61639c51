"""The lessons as a catalogue: what their front matter says, read and checked."""

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fmkeras.course.cells import split_front_matter
from fmkeras.errors import argument_error, check_integer, is_integer

_FILE_NAME = re.compile(r"(\d\d)_([a-z0-9_]+)\.py")
_PREREQUISITE = re.compile(r"(\d\d?)(_[a-z0-9_]+)?")
_FIELDS = ("title", "part", "minutes", "difficulty", "prerequisites", "objectives")
_EDITORS_FIELD = "jupyter"  # what a notebook editor adds when it saves a script
HARDEST = 3


@dataclass(frozen=True)
class Lesson:
    """What the catalogue knows of one lesson.

    Attributes:
        number: String. Two digits, such as `"01"`.
        slug: String. The lesson's name in file names, such as `"linear_regression"`.
        title: String.
        part: String. The part of the course that it belongs to.
        minutes: Integer. About how long its code runs.
        difficulty: Integer from 1, easy, to 3, hard.
        prerequisites: Tuple of the numbers of lessons to read first.
        objectives: Tuple of strings. What a reader can do afterwards.
        path: `pathlib.Path` of the script.
    """

    number: str
    slug: str
    title: str
    part: str
    minutes: int
    difficulty: int
    prerequisites: tuple
    objectives: tuple
    path: Path

    @property
    def name(self):
        """String. Number and slug, as in the script's file name."""
        return f"{self.number}_{self.slug}"

    def text(self):
        """Read the script.

        Returns:
            String.
        """
        return _read(self.path)


def catalogue(folder=None):
    """List the lessons of the course.

    Args:
        folder: String or path. A folder of lessons `NN_topic.py`; `None` means the
            lessons that come with fmkeras.

    Returns:
        List of `Lesson`, in the order of their numbers.

    Raises:
        ValueError: If a lesson's name or front matter is not as it must be.
        FileNotFoundError: If the folder does not exist.

    Example:

    >>> numbers = [lesson.number for lesson in catalogue()]
    >>> numbers == sorted(numbers)
    True
    """
    folder = own_lessons() if folder is None else Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder of lessons at '{folder}'. "
            "What would do: a folder of scripts named like '03_logistic_regression.py'."
        )
    lessons = [_read_lesson(path) for path in sorted(folder.glob("[0-9]*.py"))]
    for lesson, following in pairwise(lessons):
        if lesson.number == following.number:
            raise argument_error(
                following.path.name,
                "number",
                f"another than that of '{lesson.path.name}'",
                following.number,
            )
    return lessons


def find_lesson(number, folder=None):
    """Find one lesson by its number or its name.

    Args:
        number: Integer or string: `3`, `"03"`, `"03_logistic_regression"` or
            `"logistic-regression"`.
        folder: String or path. A folder of lessons; `None` means the lessons that
            come with fmkeras.

    Returns:
        `Lesson`.

    Raises:
        ValueError: If there is no such lesson. It offers the nearest.

    Example:

    >>> find_lesson(1).slug
    'linear_regression'
    """
    lessons = catalogue(folder)
    wanted = str(number).strip().lower().removesuffix(".py").replace("-", "_")
    if re.fullmatch(r"[0-9]+", wanted):
        wanted = f"{int(wanted):02d}"
    for lesson in lessons:
        if wanted in (lesson.number, lesson.slug, lesson.name):
            return lesson
    near = _nearest(wanted, lessons)
    raise argument_error(
        "find_lesson",
        "number",
        "the number or the name of a lesson",
        number,
        would_do=near and f"'{near.number}' ({near.title})",
    )


def own_lessons():
    """Locate the lessons that come with fmkeras.

    Returns:
        `pathlib.Path` of a folder: inside the package if it was installed, beside it
        in a checkout.

    Example:

    >>> own_lessons().name
    'tutorials'
    """
    here = Path(__file__).parent
    installed = here / "tutorials"
    return installed if installed.is_dir() else here.parents[1] / "tutorials"


def _nearest(wanted, lessons):
    if wanted.isdecimal():
        return min(
            lessons, key=lambda x: abs(int(x.number) - int(wanted)), default=None
        )
    by_name = {lesson.slug: lesson for lesson in lessons}
    near = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.5)
    return by_name[near[0]] if near else None


def _read(path):
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise argument_error(path.name, "text", "in UTF-8", error.object[:20]) from None


def _read_lesson(path):
    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        raise argument_error(
            "catalogue",
            "path",
            "named like '03_logistic_regression.py'",
            path.name,
        )
    fields = _front_matter(path)
    return Lesson(
        number=name[1],
        slug=name[2],
        title=_text(path, fields, "title"),
        part=_text(path, fields, "part"),
        minutes=check_integer(path.name, "minutes", fields["minutes"]),
        difficulty=_difficulty(path, fields["difficulty"]),
        prerequisites=_prerequisites(path, fields["prerequisites"], name[1]),
        objectives=_objectives(path, fields["objectives"]),
        path=path,
    )


def _front_matter(path):
    import yaml

    source, _ = split_front_matter(_read(path))
    must_be = f"YAML between two lines '# ---', with {', '.join(_FIELDS)}"
    try:
        fields = yaml.safe_load(source)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise argument_error(path.name, "front matter", must_be, problem) from None
    if not isinstance(fields, dict):
        raise argument_error(path.name, "front matter", must_be, fields)
    missing = [field for field in _FIELDS if field not in fields]
    if missing:
        raise argument_error(path.name, missing[0], "in the front matter", None)
    for field in fields:
        if field not in (*_FIELDS, _EDITORS_FIELD):
            must_be = f"one of {', '.join(_FIELDS)}"
            near = difflib.get_close_matches(str(field), _FIELDS, n=1)
            raise argument_error(
                path.name, "field", must_be, field, would_do=near[0] if near else None
            )
    return fields


def _text(path, fields, field):
    if isinstance(fields[field], str) and fields[field].strip():
        return fields[field].strip()
    raise argument_error(path.name, field, "a text", fields[field])


def _difficulty(path, value):
    if is_integer(value) and 1 <= value <= HARDEST:
        return value
    raise argument_error(
        path.name, "difficulty", f"an integer from 1 to {HARDEST}", value
    )


def _prerequisites(path, value, number):
    numbers = []
    for item in value if isinstance(value, list) else [None]:
        match = _PREREQUISITE.fullmatch(str(item))
        if match is None or int(match[1]) >= int(number):
            must_be = "a list of the numbers of earlier lessons, in quotes"
            raise argument_error(path.name, "prerequisites", must_be, value)
        numbers.append(f"{int(match[1]):02d}")
    return tuple(numbers)


def _objectives(path, value):
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, str) and item.strip() for item in value)
    ):
        return tuple(item.strip() for item in value)
    must_be = "a list of texts (in quotes if they hold a colon)"
    raise argument_error(path.name, "objectives", must_be, value)
