"""The dice: a published cipher, and noise that knows its row and step only."""

import numpy as np
import pytest
from keras import ops

from fmkeras.generation.noise import gumbel, seed_words, threefry


def words(*hexadecimal):
    values = np.array([int(h, 16) for h in hexadecimal], "uint32").view("int32")
    return tuple(ops.convert_to_tensor(v) for v in values)


# The vectors that Salmon et al. publish with their Random123 library.
@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        (("0", "0"), ("0", "0"), ("6b200159", "99ba4efe")),
        (("ffffffff",) * 2, ("ffffffff",) * 2, ("1cb996fc", "bb002be7")),
        (("13198a2e", "03707344"), ("243f6a88", "85a308d3"), ("c4923a9c", "483df7a0")),
    ],
)
def test_the_cipher_gives_its_published_numbers(key, counter, expected):
    found = threefry(words(*key), words(*counter))
    assert [int(w) % 2**32 for w in found] == [int(h, 16) for h in expected]


def test_a_seed_counts_modulo_two_to_the_64():
    assert seed_words(3 + 5 * 2**32).tolist() == [3, 5]
    assert seed_words(2**64 + 3).tolist() == seed_words(3).tolist()
    assert seed_words(-2).tolist() == [-2, -1]
    assert seed_words(np.int64(7)).tolist() == [7, 0]


def test_a_row_does_not_know_how_many_there_are():
    key = ops.convert_to_tensor(seed_words(4))
    few = ops.convert_to_numpy(gumbel(key, 2, 2, 7))
    many = ops.convert_to_numpy(gumbel(key, 2, 5, 13))
    np.testing.assert_allclose(few, many[:2, :7], rtol=1e-6)  # logarithms may round


def test_rows_steps_and_seeds_all_differ():
    blocks = [
        ops.convert_to_numpy(gumbel(ops.convert_to_tensor(seed_words(s)), t, 3, 50))
        for s in (0, 1, 2**32)
        for t in (0, 1)
    ]
    rows = np.concatenate(blocks)
    assert len(np.unique(rows.round(5))) == rows.size


def test_the_noise_has_the_gumbel_distribution():
    key = ops.convert_to_tensor(seed_words(1))
    noise = np.sort(ops.convert_to_numpy(gumbel(key, 0, 20, 10_000)).ravel())
    cumulative = np.exp(-np.exp(-noise))
    distance = np.abs(cumulative - (np.arange(noise.size) + 0.5) / noise.size).max()
    assert distance < 1.95 / np.sqrt(
        noise.size
    )  # Kolmogorov–Smirnov, one in a thousand
    assert np.isfinite(noise).all()


def test_neighbours_are_not_correlated():
    key = ops.convert_to_tensor(seed_words(2))
    noise = ops.convert_to_numpy(gumbel(key, 0, 300, 300))
    between_tokens = np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1]
    between_rows = np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]
    assert abs(between_tokens) < 0.015  # 4.5 standard errors
    assert abs(between_rows) < 0.015
