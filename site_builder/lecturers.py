"""The lecturers' tables, taken from the lessons and the plan."""

from site_builder.lesson_text import exercises

# A page that is written by hand shows these where the comments stand.
SYLLABUS_MARKER = "<!-- syllabus -->"
OBJECTIVES_MARKER = "<!-- objectives and exercises -->"


def syllabus(weeks, folder=""):
    """Show a term week by week.

    Args:
        weeks: Sequence of sequences of `Step`.
        folder: String. Where the lessons' pages lie, as seen from the page.

    Returns:
        String of Markdown: a table.
    """
    rows = ["| week | lesson | in the lecture | exercises |", "|---|---|---|---|"]
    for week, steps in enumerate(weeks, start=1):
        for step in steps:
            cells = str(week), _name(step, folder), step.topics, _count(step)
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def objectives(lessons, folder=""):
    """List what each lesson teaches and asks.

    Args:
        lessons: Sequence of `Lesson`.
        folder: String. Where the lessons' pages lie, as seen from the page.

    Returns:
        String of Markdown.
    """
    return "\n\n".join(_lesson(lesson, folder) for lesson in lessons)


def _lesson(lesson, folder):
    page = f"{folder}{lesson.name}.md"
    taught = "\n".join(f"- {objective}" for objective in lesson.objectives)
    asked = "\n".join(
        f"- {exercise.title.removeprefix('Exercise ')} (`{exercise.id}`)"
        for exercise in exercises(lesson)
    )
    return "\n\n".join(
        [
            f"### [{lesson.number} {lesson.title}]({page})",
            f"Objectives:\n\n{taught}",
            f"Exercises:\n\n{asked}",
        ]
    )


def _name(step, folder):
    if step.lesson is None:
        return f"{step.number} {step.title} (coming)"
    return f"[{step.number} {step.title}]({folder}{step.lesson.name}.md)"


def _count(step):
    return "" if step.lesson is None else str(len(exercises(step.lesson)))
