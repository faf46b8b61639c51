"""Writing on from a prompt for longer than the model can see."""

_FAR = 7919  # apart, so that no two windows of a text draw the same random numbers


def write_on(
    model,
    token_ids,
    max_new_tokens,
    sampler=None,
    seed=None,
    stop_ids=(),
    on_token=None,
):
    """Write on from a prompt, however long the text becomes.

    A model sees `max_sequence_length` tokens at most. When the text has become that
    long, it goes on with the last half of them in view. What fits is written exactly
    as `model.generate` writes it.

    Args:
        model: Language model with `generate` and `max_sequence_length`.
        token_ids: List of integers, the prompt.
        max_new_tokens: Integer. The most tokens to write.
        sampler: Sampler, or `None` for the likeliest token.
        seed: Integer, or `None` for another text on every run.
        stop_ids: Sequence of integers. A token that ends the text.
        on_token: Function of one integer, called with each new token, or `None`.

    Returns:
        List of integers: the prompt and what was written.

    Example:

    >>> from types import SimpleNamespace
    >>> def count(token_ids, max_new_tokens, **options):  # a model that can count
    ...     last = token_ids[-1]
    ...     return token_ids + list(range(last + 1, last + 1 + max_new_tokens))
    >>> write_on(SimpleNamespace(max_sequence_length=4, generate=count), [5], 6)
    [5, 6, 7, 8, 9, 10, 11]
    """
    text, end = list(token_ids), len(token_ids) + max_new_tokens
    limit = model.max_sequence_length or end
    while len(text) < end:
        room = min(end - len(text), max(1, limit // 2))  # at least this much is new
        view = text[-max(1, limit - room) :]
        wanted = min(end - len(text), limit - len(view))
        whole = model.generate(
            view,
            max_new_tokens=wanted,
            sampler=sampler,
            stop_ids=stop_ids,
            seed=seed,
            on_token=_of_one_row(on_token),
        )
        new = [int(token_id) for token_id in whole[len(view) :]]
        text += new
        if len(new) < wanted:
            break
        seed = None if seed is None else seed + _FAR
    return text


def _of_one_row(on_token):
    """Adapt a function of one id to the engine, which gives one for every row."""
    if on_token is None:
        return None

    def take(ids):
        if ids[0] >= 0:  # −1 is no token: the row has ended
            on_token(int(ids[0]))

    return take
