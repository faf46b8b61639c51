"""Texts that outgrow the model: nothing lost, nothing doubled, as far as asked."""

import pytest

from fmkeras.commands.writing import write_on


class Counter:
    """A model that counts, and notes what it was asked."""

    def __init__(self, max_sequence_length, stop=None):
        self.max_sequence_length = max_sequence_length
        self.stop = stop
        self.stopped = False
        self.asked = []

    def generate(self, token_ids, max_new_tokens, on_token, seed, **options):
        assert not self.stopped  # an ended text is never written on
        assert len(token_ids) + max_new_tokens <= (self.max_sequence_length or 10**9)
        self.asked.append((len(token_ids), max_new_tokens, seed, options))
        text = list(token_ids)
        for _ in range(max_new_tokens):
            if text[-1] + 1 == self.stop:
                self.stopped = True
                if on_token is not None:
                    on_token([-1])
                break
            text.append(text[-1] + 1)
            if on_token is not None:
                on_token([text[-1]])
        return text


@pytest.mark.parametrize("limit", [2, 3, 4, 7, 10, 64, None])
@pytest.mark.parametrize("prompt", [[1], [1, 2, 3], list(range(20))])
@pytest.mark.parametrize("wanted", [1, 5, 30])
def test_writes_as_much_as_was_asked_for_whatever_the_limit(limit, prompt, wanted):
    shown = []
    text = write_on(Counter(limit), prompt, wanted, on_token=shown.append)
    new = list(range(prompt[-1] + 1, prompt[-1] + 1 + wanted))
    assert text == prompt + new
    assert shown == new


def test_what_fits_is_written_in_one_go():
    model = Counter(8)
    write_on(model, [1, 2, 3], 5, "sampler", seed=4, stop_ids=[9])
    options = {"sampler": "sampler", "stop_ids": [9]}
    assert model.asked == [(3, 5, 4, options)]


def test_goes_on_with_half_in_view_and_other_random_numbers():
    model = Counter(8)
    write_on(model, [1, 2, 3], 14, seed=4)
    assert [asked[:2] for asked in model.asked] == [(3, 5), (4, 4), (4, 4), (7, 1)]
    seeds = [asked[2] for asked in model.asked]
    assert seeds[0] == 4
    assert len(set(seeds)) == len(seeds)


def test_a_stop_ends_the_text_even_where_the_view_ends():
    for stop in range(4, 20):
        shown = []
        text = write_on(Counter(8, stop), [1, 2, 3], 40, on_token=shown.append)
        assert text == list(range(1, stop))
        assert shown == text[3:]
