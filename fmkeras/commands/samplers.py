"""Samplers as they are written on a command line: `temperature=0.8,top-k=40`."""

from fmkeras.commands.terminal import quiet_import
from fmkeras.errors import argument_error, check_choice


def parse_sampler(text):
    """Turn `name=number,name=number` into a sampler, applied from left to right.

    Args:
        text: String of parts with commas between: `greedy`, `temperature=0.8`,
            `top-k=40`, `top-p=0.9`, `min-p=0.05`, `repetition-penalty=1.2`, `beam=4`.

    Returns:
        A sampler of `fmkeras.generation`.

    Raises:
        ValueError: If a part is not known, has no number, or one out of range.

    Example:

    >>> parse_sampler("temperature=0.8,top-k=40")
    Temperature(0.8) | TopK(40)
    """
    sampler = None
    for part in text.split(","):
        stage = _parse_part(part.strip(), text)
        sampler = stage if sampler is None else sampler | stage
    return sampler


def _parse_part(part, text):
    with quiet_import():
        from fmkeras import generation

    known = {
        "greedy": generation.Greedy,
        "temperature": generation.Temperature,
        "top-k": generation.TopK,
        "top-p": generation.TopP,
        "min-p": generation.MinP,
        "repetition-penalty": generation.RepetitionPenalty,
        "beam": generation.Beam,
    }
    name, equals, number = (piece.strip() for piece in part.partition("="))
    make = known[check_choice("generate", "--sampler", name, tuple(known))]
    if name == "greedy" and not equals:
        return make()
    try:
        value = int(number) if name in ("top-k", "beam") else float(number)
    except ValueError:
        value = None
    if value is None or name == "greedy":
        raise argument_error(
            "generate",
            "--sampler",
            "parts such as temperature=0.8 or top-k=40, or greedy",
            text,
        )
    return make(value)
