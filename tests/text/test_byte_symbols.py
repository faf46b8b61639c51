"""GPT-2's way to write bytes."""

import pytest

from fmkeras.text.byte_symbols import byte_symbols, symbols_to_bytes


def test_every_byte_has_a_visible_character_of_its_own():
    symbols = byte_symbols()
    assert len(symbols) == len(set(symbols)) == 256
    assert all(len(s) == 1 and s.isprintable() and not s.isspace() for s in symbols)


@pytest.mark.parametrize(
    ("byte", "symbol"),
    # As they stand in GPT-2's vocab.json: ids 0, 93, 94, 187, 188, 220 and 255.
    [(33, "!"), (126, "~"), (161, "¡"), (255, "ÿ"), (0, "Ā"), (32, "Ġ"), (173, "Ń")],
)
def test_symbols_are_those_of_gpt2(byte, symbol):
    assert byte_symbols()[byte] == symbol


def test_symbols_turn_back_into_bytes():
    assert symbols_to_bytes("".join(byte_symbols())) == bytes(range(256))
