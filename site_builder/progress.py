"""Tells how far the build is: lesson, section and time elapsed."""

from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

ONE_LINE = Column(no_wrap=True, overflow="ellipsis")


class LessonProgress:
    """A line for each lesson that runs, and one for all of them.

    Args:
        console: `rich.console.Console` to write to.
    """

    def __init__(self, console):
        self.console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[section]}", style="dim", table_column=ONE_LINE),
            console=console,
            transient=True,
        )
        self._all = self._lesson = None

    @contextmanager
    def shown(self):
        """Keep the bars on the screen at most as long as the block runs."""
        try:
            yield self
        finally:
            self._bars.stop()

    def expect(self, lessons):
        """Say which lessons will run, and start the clock if there are any."""
        if not lessons:
            self.console.print("All lessons are in the cache: none runs.")
            return
        numbers = ", ".join(lesson.number for lesson in lessons)
        self.console.print(f"Lessons to run: {numbers}")
        self._all = self._bars.add_task("Lessons", total=len(lessons), section="")
        self._bars.start()

    def begin(self, lesson, num_cells):
        """Open the line of one lesson."""
        self._lesson = self._bars.add_task(
            f"{lesson.number} {lesson.title}", total=num_cells, section=""
        )

    def at(self, section, index):
        """Say which section runs now."""
        self._bars.update(self._lesson, completed=index, section=section)

    def done(self, lesson, seconds):
        """Close the line of one lesson."""
        self._bars.remove_task(self._lesson)
        self._bars.advance(self._all)
        words = f"{lesson.number} {lesson.title}: ran in {seconds:.0f} s"
        self.console.print(words, markup=False, highlight=False)
