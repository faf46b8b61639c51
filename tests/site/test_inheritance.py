"""A class's entry says what it inherits, from us and from Keras."""

import textwrap

import pytest

from site_builder.api_pages import api_files, link_targets
from site_builder.inheritance import Heritage, heritage
from site_builder.project import REPOSITORY_ROOT, Project
from site_builder.source import Package

KINDS = '''
    """Kinds of things."""

    from abc import ABC

    import keras
    from keras import layers as blocks

    __all__ = ["Base", "Child", "Grandchild", "Fault", "kind"]


    class Base(ABC):
        """The base."""

        @property
        def size(self):
            """How much."""

        def load(self):
            """Load."""

        def save(self):
            """Save."""

        def bare(self):
            pass

        def _hidden(self):
            """Hide."""


    class _Between(Base, blocks.Layer):
        """Between."""

        def between(self):
            """Be between."""


    class Child(_Between):
        """A child."""

        def save(self):
            """Save otherwise."""

        def load(self):
            return 1

        def play(self):
            """Play."""


    class Grandchild(Child, keras.Model):
        """A grandchild."""

        def play(self):
            """Play otherwise."""


    class Fault(ValueError):
        """A fault."""


    def kind():
        """Return the kind."""
'''
ANCHOR = "fmkeras.kinds"


@pytest.fixture
def inherited(project):
    path = project.package / "kinds.py"
    path.write_text(textwrap.dedent(KINDS).lstrip(), "utf-8")
    package, names = Package(project.package), link_targets(project)
    module = package.module(ANCHOR)
    return lambda name: heritage(package, names, module, name)


def test_what_is_documented_at_a_base_is_inherited_from_there(inherited):
    assert inherited("Child") == Heritage(
        [("Base", f"{ANCHOR}.Base"), ("keras.layers.Layer", "keras.layers.Layer")],
        [("size", f"{ANCHOR}.Base.size"), ("load", f"{ANCHOR}.Base.load")],
    )


def test_each_member_is_listed_once_where_it_comes_from(inherited):
    assert inherited("Grandchild") == Heritage(
        [("Child", f"{ANCHOR}.Child"), ("keras.Model", "keras.Model")],
        [
            ("save", f"{ANCHOR}.Child.save"),
            ("size", f"{ANCHOR}.Base.size"),
            ("load", f"{ANCHOR}.Base.load"),
        ],
    )


def test_an_error_of_python_is_named_and_what_says_nothing_is_not(inherited):
    assert inherited("Fault") == Heritage([("ValueError", "")], [])
    assert inherited("Base") == Heritage([], [])
    assert inherited("kind") == Heritage([], [])


@pytest.mark.usefixtures("inherited")
def test_the_page_tells_mkdocstrings(project):
    page = api_files(project)["kinds.md"].decode()
    assert (
        "\n::: fmkeras.kinds.Fault\n    options:\n"
        '      extra: {"bases": [["ValueError", ""]], "members": []}\n'
    ) in page
    assert "\n::: fmkeras.kinds.Base\n\n" in page


def test_python_finds_every_inherited_member_of_fmkeras_too():
    import fmkeras.text

    project = Project(REPOSITORY_ROOT)
    package, names = Package(project.package), link_targets(project)
    for name in ("BytePairTokenizer", "CharacterTokenizer", "WordTokenizer"):
        place = package.locate("fmkeras.text", [name])
        found = heritage(package, names, place.module, place.name)
        assert found.bases == [("Tokenizer", "fmkeras.text.Tokenizer")]
        listed = {member.shown for member in found.members}
        assert {"encode", "decode", "load", "save"} <= listed
        tokenizer = getattr(fmkeras.text, name)
        public = {each for each in dir(tokenizer) if not each.startswith("_")}
        own = {each for each in vars(tokenizer) if not each.startswith("_")}
        assert public - own - {"kind"} <= listed <= public
