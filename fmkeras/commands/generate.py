"""Write with a model that is kept in a folder."""

import warnings

from fmkeras.commands.samplers import parse_sampler
from fmkeras.commands.writing import write_on
from fmkeras.errors import argument_error, check_integer


def generate(folder, prompt, max_new_tokens, sampler, seed, show, warn):
    """Write on from a prompt, showing each character as soon as it is whole.

    Args:
        folder: `pathlib.Path`: what `fmkeras train` or `save_language_model` wrote,
            or a model in GPT-2's layout.
        prompt: String.
        max_new_tokens: Integer. The most tokens to write.
        sampler: String, see `parse_sampler`.
        seed: Integer ≥ 0, or `None` for another text on every run.
        show: Function of a string, called with each piece of the text.
        warn: Function of a string, called with what is odd about the folder.

    Raises:
        ValueError: If an option or the folder will not do, or the prompt has a
            character that the tokenizer does not know.
    """
    check_integer("generate", "--max-new-tokens", max_new_tokens)
    if seed is not None:
        check_integer("generate", "--seed", seed, minimum=0)
    if not prompt:
        raise argument_error("generate", "--prompt", "at least one character", prompt)
    folder = folder.expanduser()
    if not folder.is_dir():  # told before anything slow begins
        raise argument_error(
            "generate",
            "FOLDER",
            "a folder with a model; there is no such folder",
            str(folder),
            would_do="what `fmkeras train` wrote, or a model in GPT-2's layout",
        )
    sampler = parse_sampler(sampler)

    from fmkeras.generation import Beam

    model, tokenizer, end = _open(folder, warn)
    ids, stream = tokenizer.encode(prompt), tokenizer.stream()
    if len(ids) == 0:
        raise argument_error("generate", "--prompt", "at least one token", prompt)

    def show_token(token_id):
        show(stream.feed(token_id))

    for token_id in ids:
        show_token(token_id)
    waits = isinstance(sampler, Beam)  # it knows its text only at the end
    on_token = None if waits else show_token
    try:
        text = write_on(model, ids, max_new_tokens, sampler, seed, end, on_token)
    except KeyboardInterrupt:
        show(stream.finish() + "\n")  # what the shell says next begins a line
        raise
    for token_id in text[len(ids) :] if waits else ():
        show_token(token_id)
    show(stream.finish() + "\n")


def _open(folder, warn):
    """Open a model, its tokenizer, and the ids that end a text."""
    from fmkeras import pretrained
    from fmkeras.pretrained.gpt2 import END_OF_TEXT

    if (folder / "config.json").is_file():
        model, tokenizer = pretrained.load_gpt2(folder, compile=False)
    else:
        with warnings.catch_warnings():
            warnings.filterwarnings("always", "load_language_model: ")
            warnings.showwarning = lambda message, *_, **__: warn(str(message))
            model, tokenizer = pretrained.load_language_model(folder, compile=False)
    ends = END_OF_TEXT in tokenizer.special_tokens
    return model, tokenizer, [tokenizer.token_to_id(END_OF_TEXT)] if ends else []
