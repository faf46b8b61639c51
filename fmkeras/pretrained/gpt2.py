"""GPT-2 as it was published: its weights in our decoder, our decoder in its layout."""

import re
from pathlib import Path

from keras import ops

from fmkeras.errors import argument_error
from fmkeras.models.arguments import check_dropout, check_learning_rate
from fmkeras.models.compiling import compile_language_model
from fmkeras.models.decoder import TransformerDecoder
from fmkeras.pretrained.gpt2_config import config_text, read_config
from fmkeras.pretrained.gpt2_tensors import PREFIX, read_tensors, weights_by_name
from fmkeras.pretrained.hub import FILES, INDEX, LAYOUT, WEIGHTS, find_folder
from fmkeras.pretrained.safetensors_file import write_safetensors
from fmkeras.runtime.whole import written_whole
from fmkeras.text import BytePairTokenizer

END_OF_TEXT = "<|endoftext|>"
# What such a folder may hold beside FILES: other spellings of the same.
_OF_LAYOUT = re.compile(
    r"(generation_|tokenizer_)?config\.json|tokenizer\.json|special_tokens_map\.json"
    r"|vocab\.json|merges\.txt|model.*\.safetensors(\.index\.json)?"
)


def load_gpt2(source, dropout=0.0, learning_rate=0.0001, compile=True):
    """Load a GPT-2 that others trained, from a folder or from the Hugging Face Hub.

    The published weights go into the decoder that `models.transformer_decoder`
    builds, so that the code that computes them can be read. First everything is
    checked: the options and sizes in `config.json`, and the name, shape and length
    of every tensor; only then is the model built. So nothing is ever half loaded.

    Args:
        source: String or path of a folder that holds `config.json`,
            `model.safetensors`, `vocab.json` and `merges.txt`, or a Hub id such as
            `"openai-community/gpt2"` (which needs `pip install
            'fmkeras[pretrained]'` and, the first time, a network).
        dropout: Float in [0, 1). Share dropped when training goes on.
        learning_rate: Positive float or `keras` schedule. Step size when training
            goes on.
        compile: Boolean. `False` gives the bare model.

    Returns:
        A pair: the model, a `TransformerDecoder` with float32 weights, and its
        `BytePairTokenizer`.

    Raises:
        ValueError: If `source` is neither, a file is missing or damaged, an option is
            not built here, or a tensor is missing, left over, of another shape or
            cut off.
        ImportError: If a Hub id came and `huggingface_hub` is not installed.
        OSError: If the Hub cannot be reached or a file cannot be read.

    Example:

    ```python
    model, tokenizer = load_gpt2("openai-community/gpt2")
    ids = model.generate(tokenizer.encode("The cat"), max_new_tokens=20)
    print(tokenizer.decode(ids))
    ```

    Reference:
        Radford et al. (2019), "Language Models are Unsupervised Multitask Learners".
    """
    check_dropout("load_gpt2", dropout)
    learning_rate = check_learning_rate("load_gpt2", learning_rate)
    folder = find_folder(source)
    _check_files(folder)
    config = read_config(folder / "config.json")
    tensors = read_tensors(folder, config)
    tokenizer = _read_tokenizer(folder, config)
    model = TransformerDecoder(
        **config, activation="gelu_tanh", dropout=dropout, name="gpt2"
    )
    model.build((None, None))
    for name, weight in weights_by_name(model).items():
        weight.assign(tensors.pop(name))  # popped, so that memory is needed once
    if compile:
        compile_language_model(model, learning_rate)
    return model, tokenizer


def save_gpt2(model, tokenizer, folder):
    """Write a decoder in the layout in which GPT-2 was published.

    `load_gpt2` reads it back, and so do other libraries that know GPT-2. The folder
    appears whole or not at all: whatever goes wrong, an older one stays as it was.

    Args:
        model: `TransformerDecoder` of GPT-2's architecture, such as `load_gpt2` or
            `models.gpt2` gives, or `models.transformer_decoder(...,
            activation="gelu_tanh")`.
        tokenizer: `BytePairTokenizer` whose ids the model takes.
        folder: String or path. A new folder, or one of this layout to replace.

    Raises:
        ValueError: If the model has a part that GPT-2 lacks, the tokenizer is of
            another kind or has more ids than the model, or the folder holds other
            files.
        OSError: If the folder cannot be written.

    Example:

    >>> import tempfile
    >>> from fmkeras import models, text
    >>> tokenizer = text.BytePairTokenizer.train("the cat sat", vocabulary_size=260)
    >>> model = models.transformer_decoder(260, 8, 2, 3, 12, activation="gelu_tanh")
    >>> with tempfile.TemporaryDirectory() as home:
    ...     save_gpt2(model, tokenizer, f"{home}/cat")
    ...     loaded, _ = load_gpt2(f"{home}/cat")
    >>> loaded.count_params() == model.count_params()
    True
    """
    folder = Path(folder).expanduser()
    config = _config_of(model)
    _check_tokenizer(tokenizer, config)
    _check_replaceable(folder)
    end = END_OF_TEXT if END_OF_TEXT in tokenizer.special_tokens else None
    end_id = None if end is None else tokenizer.token_to_id(end)
    with written_whole(folder, "save_gpt2") as part:
        (part / "config.json").write_text(config_text(config, end_id), "utf-8")
        tokenizer.to_files(part / "vocab.json", part / "merges.txt")
        write_safetensors(
            part / WEIGHTS,
            {
                PREFIX + name: ops.convert_to_numpy(weight).astype("float32")
                for name, weight in weights_by_name(model).items()
            },
        )


def _check_files(folder):
    present = {path.name for path in folder.iterdir() if path.is_file()}
    if INDEX in present:
        present.add(WEIGHTS)  # in several files
    missing = [name for name in FILES if name not in present]
    if missing:
        raise argument_error(
            "load_gpt2",
            "source",
            f"a folder that holds {LAYOUT}; this one lacks {', '.join(missing)}",
            str(folder),
        )


def _read_tokenizer(folder, config):
    tokenizer = BytePairTokenizer.from_files(
        folder / "vocab.json", folder / "merges.txt"
    )
    if tokenizer.vocabulary_size > config["vocabulary_size"]:
        raise ValueError(
            f"load_gpt2, {folder}: vocab.json has {tokenizer.vocabulary_size} tokens, "
            f"but config.json says vocab_size={config['vocabulary_size']}. "
            "What would do: the two files of the same model."
        )
    return tokenizer


def _config_of(model):
    """Take what `config.json` says from a model, or refuse it."""
    if not isinstance(model, TransformerDecoder):
        must_be = "a TransformerDecoder"
        raise argument_error("save_gpt2", "model", must_be, type(model).__name__)
    published = {
        "positions": "learned",
        "activation": "gelu_tanh",
        "normalization": "layer",
        "use_bias": True,
        "padding_id": None,
    }
    config = model.get_config()
    for option, value in published.items():
        if config[option] != value:
            must_be = f"{value!r} for GPT-2's layout"
            raise argument_error("save_gpt2", option, must_be, config[option])
    heads = config["num_heads"]
    if config["num_key_value_heads"] not in (None, heads):
        raise argument_error(
            "save_gpt2",
            "num_key_value_heads",
            f"None or num_heads={heads} for GPT-2's layout",
            config["num_key_value_heads"],
        )
    inner = config["intermediate_dim"] or 4 * config["hidden_dim"]
    return {**config, "intermediate_dim": inner}


def _check_tokenizer(tokenizer, config):
    if not isinstance(tokenizer, BytePairTokenizer):
        must_be = "a BytePairTokenizer, as GPT-2's layout has one"
        raise argument_error(
            "save_gpt2", "tokenizer", must_be, type(tokenizer).__name__
        )
    if tokenizer.vocabulary_size > config["vocabulary_size"]:
        raise ValueError(
            "save_gpt2: `tokenizer` must have at most the model's "
            f"vocabulary_size={config['vocabulary_size']} tokens. "
            f"Received: a tokenizer of {tokenizer.vocabulary_size}."
        )


def _check_replaceable(folder):
    """Refuse to replace a folder that holds more than a model."""
    if not folder.exists():
        return
    if not folder.is_dir():
        others = "it is a file"
    else:
        names = sorted(path.name for path in folder.iterdir())
        foreign = [name for name in names if not _OF_LAYOUT.fullmatch(name)]
        if not foreign:
            return
        others = f"this one holds {', '.join(map(repr, foreign[:3]))}"
    raise argument_error(
        "save_gpt2",
        "folder",
        f"a new folder, or one with a model in GPT-2's layout alone; {others}",
        str(folder),
    )
