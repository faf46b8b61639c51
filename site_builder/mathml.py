"""LaTeX to MathML through one Node process that lives as long as the build."""

import atexit
import html
import json
import subprocess
from functools import cache

from site_builder.errors import BuildError
from site_builder.node_packages import node_executable, node_modules
from site_builder.project import HERE


class LatexError(BuildError):
    """A formula that Temml refuses.

    Args:
        tex: String. The formula.
        reason: String. What Temml said.
    """

    def __init__(self, tex, reason):
        super().__init__(f"Bad LaTeX: {reason} The formula: {tex}")
        self.tex = tex


@cache
def mathml(tex, display):
    r"""Turn one formula into MathML.

    Args:
        tex: String of LaTeX.
        display: Boolean. Whether it stands on a line of its own.

    Returns:
        String, a `<math>` element that carries the LaTeX as its alternative text.

    Raises:
        LatexError: If Temml refuses the formula.
    """
    process = _temml()
    process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        raise LatexError(tex, " ".join(answer["error"].split()))
    alternative = html.escape(" ".join(tex.split()))
    return answer["html"].replace("<math", f'<math alttext="{alternative}"', 1)


def find_formula(project, tex):
    """Find the source that a formula stands in.

    Args:
        project: `Project`.
        tex: String of LaTeX.

    Returns:
        String: file and line, relative to the project's root, or a few words if
        no source holds the formula as it is.
    """
    longest = max((line.strip() for line in tex.split("\n")), key=len)
    folders = (
        (project.docs, "*.md"),
        (project.tutorials, "*.py"),
        (project.package, "*.py"),
    )
    for folder, pattern in folders:
        for path in sorted(folder.rglob(pattern)):
            for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
                if longest in line:
                    return f"{path.relative_to(project.root)}, line {number}"
    return "In a formula of no known source"


@cache
def _temml():
    library = node_modules() / "temml" / "dist" / "temml.mjs"
    process = subprocess.Popen(
        [node_executable(), HERE / "temml.mjs", library],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    atexit.register(process.kill)
    return process
