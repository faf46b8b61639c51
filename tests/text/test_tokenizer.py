"""What all three tokenizers promise."""

import copy
import os
import subprocess
import sys

import numpy as np
import pytest

from fmkeras import text
from fmkeras.text import BytePairTokenizer, CharacterTokenizer, WordTokenizer

CORPUS = "The cat sat on the mat; the naïve cat's hat (a red hat) sat on the cat.\n"
SPECIALS = ("<pad>", "<end>", "<end>2")
CLASSES = (CharacterTokenizer, WordTokenizer, BytePairTokenizer)


def trained(tokenizer_class, **arguments):
    return tokenizer_class.train(
        CORPUS, **{"vocabulary_size": 300, "special_tokens": SPECIALS, **arguments}
    )


@pytest.fixture(params=CLASSES, ids=lambda c: c.__name__)
def tokenizer(request):
    return trained(request.param)


def test_ids_count_from_zero_to_the_size_of_the_vocabulary(tokenizer):
    tokens = [tokenizer.id_to_token(i) for i in range(tokenizer.vocabulary_size)]
    assert len(set(tokens)) == tokenizer.vocabulary_size
    assert [tokenizer.token_to_id(token) for token in tokens] == list(
        range(len(tokens))
    )


def test_special_tokens_take_the_last_ids(tokenizer):
    assert tokenizer.special_tokens[-3:] == SPECIALS
    size = tokenizer.vocabulary_size
    assert [tokenizer.token_to_id(s) for s in SPECIALS] == [
        size - 3,
        size - 2,
        size - 1,
    ]


def test_encodes_to_a_list_of_python_integers(tokenizer):
    ids = tokenizer.encode("the cat")
    assert isinstance(ids, list)
    assert {type(i) for i in ids} == {int}
    assert tokenizer.encode("") == []


def test_a_special_token_in_the_text_is_plain_text_unless_asked(tokenizer):
    if isinstance(tokenizer, CharacterTokenizer):
        tokenizer = CharacterTokenizer.train(CORPUS + "<>dp2", special_tokens=SPECIALS)
    specials = {tokenizer.token_to_id(s) for s in SPECIALS}
    prompt = "the cat<end>the hat<pad>"
    assert not specials.intersection(tokenizer.encode(prompt))
    end, pad = tokenizer.token_to_id("<end>"), tokenizer.token_to_id("<pad>")
    assert tokenizer.encode(prompt, allow_special=True) == [
        *tokenizer.encode("the cat"),
        end,
        *tokenizer.encode("the hat"),
        pad,
    ]


def test_the_longest_special_token_wins(tokenizer):
    ids = tokenizer.encode("<end>2<end>", allow_special=True)
    assert [tokenizer.id_to_token(i) for i in ids] == ["<end>2", "<end>"]


def test_allowing_special_tokens_changes_nothing_where_there_are_none():
    for tokenizer_class in (CharacterTokenizer, BytePairTokenizer):
        plain = trained(tokenizer_class, special_tokens=())
        ids = plain.encode("the cat", allow_special=True)
        assert ids == plain.encode("the cat")


def test_decoding_shows_special_tokens_or_leaves_them_out(tokenizer):
    ids = [
        *tokenizer.encode("the hat"),
        tokenizer.token_to_id("<end>"),
        tokenizer.token_to_id("<pad>"),
    ]
    assert tokenizer.decode(ids).replace(" ", "") == "thehat<end><pad>"
    assert tokenizer.decode(ids, skip_special=True) == "the hat"


@pytest.mark.parametrize(
    "wrap", [list, tuple, np.array, lambda ids: np.array(ids, "uint16")]
)
def test_decodes_every_sequence_of_integers(tokenizer, wrap):
    assert tokenizer.decode(wrap(tokenizer.encode("the cat"))) == "the cat"
    assert tokenizer.decode([]) == tokenizer.decode(np.array([], "float32")) == ""


def test_a_stream_gives_the_same_text_as_decoding_at_once(tokenizer):
    ids = [*tokenizer.encode("the naïve hat (sat)"), tokenizer.token_to_id("<end>")]
    stream = tokenizer.stream()
    for _ in range(2):  # `finish` lets it begin anew
        streamed = "".join(map(stream.feed, ids)) + stream.finish()
        assert streamed == tokenizer.decode(ids)


def test_saves_and_loads(tokenizer, tmp_path):
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    for loaded in (type(tokenizer).load(path), text.load_tokenizer(str(path))):
        assert type(loaded) is type(tokenizer)
        assert loaded.special_tokens == tokenizer.special_tokens
        assert loaded.vocabulary_size == tokenizer.vocabulary_size
        for text_ in (CORPUS, "the<end>cat"):
            if isinstance(tokenizer, CharacterTokenizer):
                text_ = text_.replace("<end>", " ")
            ids = tokenizer.encode(text_, allow_special=True)
            assert loaded.encode(text_, allow_special=True) == ids
            assert loaded.decode(ids) == tokenizer.decode(ids)
    assert os.listdir(tmp_path) == ["tokenizer.json"]


def test_can_be_copied(tokenizer):
    twin = copy.deepcopy(tokenizer)
    assert twin.encode("the cat") == tokenizer.encode("the cat")


def test_shows_what_it_is():
    assert repr(trained(CharacterTokenizer)) == "CharacterTokenizer(vocabulary_size=24)"


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer_class", CLASSES, ids=lambda c: c.__name__)
def test_training_does_not_depend_on_the_seed_of_python_hashes(
    tokenizer_class, tmp_path
):
    program = (
        f"from fmkeras.text import {tokenizer_class.__name__} as T\n"
        f"T.train({CORPUS!r}, vocabulary_size=300).save({str(tmp_path)!r} + '/' + "
        "__import__('os').environ['PYTHONHASHSEED'])"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def message(function, *arguments, **options):
    with pytest.raises(ValueError) as error:
        function(*arguments, **options)
    return str(error.value)


def test_says_that_an_id_is_outside_the_vocabulary():
    tokenizer = CharacterTokenizer.train("abc")
    would_do = (
        "What would do: ids that this tokenizer has made, or those of a model with its "
        "vocabulary_size."
    )
    assert message(tokenizer.decode, [0, 1, 3, 4]) == (
        "CharacterTokenizer.decode: `token_ids` must be integers from 0 to 2. "
        f"Received: 3 at index 2. {would_do}"
    )
    assert message(tokenizer.decode, [-1]) == (
        "CharacterTokenizer.decode: `token_ids` must be integers from 0 to 2. "
        f"Received: -1 at index 0. {would_do}"
    )
    assert message(tokenizer.id_to_token, 3) == (
        "CharacterTokenizer.id_to_token: `token_id` must be an integer from 0 to 2. "
        "Received: token_id=3."
    )
    assert message(tokenizer.stream().feed, -1) == (
        "CharacterTokenizer.stream: `token_id` must be an integer from 0 to 2. "
        "Received: token_id=-1."
    )
    assert message(BytePairTokenizer([]).stream().feed, 256) == (
        "BytePairTokenizer.stream: `token_id` must be an integer from 0 to 255. "
        "Received: token_id=256."
    )


@pytest.mark.parametrize(
    "ids", [5, [[1, 2], [0, 1]], [[1], [0, 1]], [0.5], [True], "ab", [None], None]
)
def test_says_that_ids_are_no_sequence_of_integers(tokenizer, ids):
    assert message(tokenizer.decode, ids) == (
        f"{type(tokenizer).__name__}.decode: `token_ids` must be one sequence of "
        f"integers. Received: token_ids={ids!r}. What would do: one row at a time, "
        "such as [tokenizer.decode(row) for row in rows]."
    )


def test_says_that_a_token_is_not_in_the_vocabulary():
    tokenizer = CharacterTokenizer.train("abc")
    for token in ("d", "ab", 1, None, ["a"]):
        assert message(tokenizer.token_to_id, token) == (
            "CharacterTokenizer.token_to_id: `token` must be one of the 3 tokens of "
            f"the vocabulary. Received: token={token!r}."
        )


def test_says_that_text_is_no_string(tokenizer):
    owner = type(tokenizer).__name__
    assert message(tokenizer.encode, b"cat") == (
        f"{owner}.encode: `text` must be a string. Received: bytes. What would do: "
        "text.decode('utf-8')."
    )
    assert message(tokenizer.encode, ["cat"]) == (
        f"{owner}.encode: `text` must be a string. Received: a value of type list."
    )
    assert message(type(tokenizer).train, None, 300) == (
        f"{owner}.train: `text` must be a string. Received: a value of type NoneType."
    )


def test_says_that_text_holds_half_a_surrogate_pair(tokenizer):
    half = "cat \ud83d\ude00"  # as broken escapes in JSON leave it
    for method, name in (
        (tokenizer.encode, "encode"),
        (type(tokenizer).train, "train"),
    ):
        arguments = (half,) if name == "encode" else (half, 300)
        assert message(method, *arguments) == (
            f"{type(tokenizer).__name__}.{name}: `text` must be whole characters. "
            "Received: half of a surrogate pair, U+D83D, at index 4. What would do: "
            "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace'), which "
            "joins halves that belong together."
        )
    mended = half.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert mended == "cat 😀"


@pytest.mark.parametrize("tokenizer_class", CLASSES, ids=lambda c: c.__name__)
def test_says_what_is_wrong_with_special_tokens(tokenizer_class):
    owner = f"{tokenizer_class.__name__}.train"
    assert message(trained, tokenizer_class, special_tokens="<end>") == (
        f"{owner}: `special_tokens` must be a sequence of strings. Received: "
        "special_tokens='<end>'. What would do: special_tokens=('<end>',)."
    )
    assert message(trained, tokenizer_class, special_tokens=("<a>", "<b>", "<a>")) == (
        f"{owner}: `special_tokens` must be different from each other. Received: "
        "special_tokens=('<a>', '<b>', '<a>')."
    )
    for wrong in (("",), (5,), ("<\ud83d>",)):
        assert message(trained, tokenizer_class, special_tokens=wrong) == (
            f"{owner}: `special_tokens` must be strings that are not empty. Received: "
            f"special_tokens={wrong!r}."
        )
    assert message(trained, tokenizer_class, special_tokens=5) == (
        f"{owner}: `special_tokens` must be a sequence of strings. Received: "
        "special_tokens=5."
    )


def test_says_that_the_folder_to_save_in_does_not_exist(tokenizer, tmp_path):
    path = tmp_path / "nowhere" / "tokenizer.json"
    with pytest.raises(FileNotFoundError) as error:
        tokenizer.save(path)
    assert error.value.strerror == (
        f"{type(tokenizer).__name__}.save: the file could not be written (No such "
        "file or directory). What would do: a path in a folder that exists and can be "
        "written"
    )
    assert error.value.filename == str(path)
