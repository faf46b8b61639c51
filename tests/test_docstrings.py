"""Docstrings keep their promises: every argument told, every public name exemplified.

Read statically, so that the checks see what the reference pages see. That every
`>>>` runs is pytest's own doctest collection over `fmkeras/`.
"""

from pathlib import Path

import griffe
import pytest

import fmkeras

ROOT = Path(__file__).parent.parent
PACKAGE = griffe.load(
    "fmkeras", search_paths=[ROOT], docstring_parser="google", allow_inspection=False
)
PARTS = [part for part in fmkeras.__all__ if not part.startswith("_")]
# Keras calls these; "Call arguments" in the docstring of the class tells them.
HOOKS = {
    "build",
    "call",
    "compute_output_shape",
    "compute_output_spec",
    "from_config",
    "get_config",
}


def public_objects():
    """Yield every public function and class, and the public methods of classes."""
    for part in PARTS:
        module = PACKAGE[part]
        for name in map(str, module.exports):
            member = module[name]
            member = member.final_target if member.is_alias else member
            yield member
            if member.is_class:
                yield from (
                    method
                    for method in member.functions.values()
                    if not method.name.startswith("_") and method.name not in HOOKS
                )


CALLABLES = {
    member.path: member
    for member in public_objects()
    if member.is_function or member.is_class
}


def sections(member, kind):
    return [
        section
        for section in member.docstring.parse("google", warnings=False)
        if section.kind.value == kind
    ]


@pytest.mark.parametrize("path", CALLABLES)
def test_has_a_docstring_that_begins_with_one_sentence(path):
    member = CALLABLES[path]
    assert member.docstring is not None
    first = member.docstring.value.splitlines()[0]
    assert first.endswith((".", "?"))


def is_dataclass(member):
    return any(label.startswith("dataclass") for label in member.labels)


# A dataclass documents its fields, as attributes.
@pytest.mark.parametrize(
    "path", [p for p, m in CALLABLES.items() if not is_dataclass(m)]
)
def test_documented_arguments_are_those_of_the_signature(path):
    member = CALLABLES[path]
    taken = [
        {"var_positional": "*", "var_keyword": "**"}.get(
            p.kind.name if p.kind else "", ""
        )
        + p.name
        for p in member.parameters
        if p.name not in ("self", "cls")
    ]
    told = [
        argument.name
        for section in sections(member, "parameters")
        for argument in section.value
    ]
    assert told == taken


@pytest.mark.parametrize(
    "path", [p for p, m in CALLABLES.items() if m.is_function and m.parent.is_module]
)
def test_every_public_function_has_an_example(path):
    docstring = CALLABLES[path].docstring.value
    assert "Example:" in docstring
    # What downloads is shown, and not run.
    assert ">>>" in docstring or "```python" in docstring
