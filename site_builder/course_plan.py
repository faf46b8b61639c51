"""The plan of the course: what is still to come, beside what is there."""

from dataclasses import dataclass

import yaml

from site_builder.errors import BuildError

FILE = "course_plan.yml"
_FIELDS = {"number", "title", "after", "topics"}


@dataclass(frozen=True)
class Step:
    """One lesson of the plan, or of the catalogue, or of both.

    Args:
        number: String. Two digits.
        title: String.
        part: String. The part of the course that it belongs to.
        after: Tuple of the numbers of lessons that it builds on.
        topics: String. What a lecture on it speaks of; empty outside the plan.
        lesson: `fmkeras.course.Lesson`, or `None` for a lesson that is to come.
    """

    number: str
    title: str
    part: str
    after: tuple
    topics: str
    lesson: object


@dataclass(frozen=True)
class Plan:
    """The steps of the course and the weeks of a term.

    Args:
        steps: List of `Step`, in the order of their numbers.
        weeks: List of lists of `Step`.
    """

    steps: list
    weeks: list


def read_plan(folder, lessons):
    """Read the plan and put the lessons that exist in their places.

    Args:
        folder: Path of the pages that are written by hand. It need not hold a plan.
        lessons: Sequence of `Lesson`. Each replaces the entry of its number.

    Returns:
        `Plan`.

    Raises:
        BuildError: If the plan is not as it must be.
    """
    path = folder / FILE
    content = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    planned = {step.number: step for step in _planned(content.get("parts", []))}
    topics = {number: step.topics for number, step in planned.items()}
    written = {each.number: _step(each, topics) for each in lessons}
    steps = planned | written
    weeks = content.get("weeks", [])
    unknown = {number for week in weeks for number in week} - set(steps)
    if unknown:
        raise BuildError(f"{FILE}: no lesson of the plan is numbered {min(unknown)}.")
    return Plan(
        [steps[number] for number in sorted(steps)],
        [[steps[number] for number in week] for week in weeks],
    )


def _planned(parts):
    for part in parts:
        for entry in part["lessons"]:
            if set(entry) != _FIELDS:
                wanted = ", ".join(sorted(_FIELDS))
                raise BuildError(f"{FILE}: a lesson has {wanted}. Received: {entry}.")
            yield Step(**{**entry, "after": tuple(entry["after"])}, **_to_come(part))


def _to_come(part):
    return {"part": part["part"], "lesson": None}


def _step(lesson, topics):
    return Step(
        lesson.number,
        lesson.title,
        lesson.part,
        lesson.prerequisites,
        topics.get(lesson.number, ""),
        lesson,
    )
