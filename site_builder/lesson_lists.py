"""The lessons as cards, as a page and as navigation."""

from itertools import groupby

from site_builder.lesson_page import difficulty
from site_builder.markdown_text import front_matter, indent


def cards(lessons):
    """Show lessons as a grid of cards.

    Args:
        lessons: Sequence of `Lesson`.

    Returns:
        String of Markdown.
    """
    items = [f"-   {indent(_card(lesson)).lstrip()}" for lesson in lessons]
    return "\n\n".join(['<div class="grid cards" markdown>', *items, "</div>"])


def index_page(lessons):
    """Write the page that lists the lessons, part by part."""
    blocks = [
        front_matter("Lessons", "All lessons, part by part."),
        "# Lessons",
        "Each lesson is a script, a notebook and a page. The page shows what the "
        "script printed and drew when the site was built. The exercises at its end "
        "check themselves; the student's notebook has them without the solutions.",
    ]
    for part, members in by_part(lessons):
        blocks += [f"## Part {part}", cards(members)]
    return "\n\n".join(blocks) + "\n"


def navigation(lessons):
    """Return the lessons' entries for the navigation, grouped by part."""
    parts = [
        {
            f"Part {part}": [
                {f"{lesson.number} {lesson.title}": f"lessons/{lesson.name}.md"}
                for lesson in members
            ]
        }
        for part, members in by_part(lessons)
    ]
    return [{"Lessons": "lessons/index.md"}, *parts]


def by_part(lessons):
    """Group lessons by the part of the course, in order."""
    return [
        (part, list(members)) for part, members in groupby(lessons, lambda x: x.part)
    ]


def _card(lesson):
    page = f"{lesson.name}.md"
    return "\n\n".join(
        [
            f'<span class="kicker">{lesson.number}</span> **[{lesson.title}]({page})**',
            lesson.objectives[0],
            f'<span class="facts">{difficulty(lesson)}{minutes(lesson)}</span>',
        ]
    )


def minutes(lesson):
    """Say how many minutes a lesson runs."""
    return "1 minute" if lesson.minutes == 1 else f"{lesson.minutes} minutes"
