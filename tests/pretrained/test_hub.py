"""Where a published model comes from; the Hub's client is a fake, no network used."""

import sys
from types import SimpleNamespace

import pytest

from fmkeras import pretrained
from fmkeras.pretrained.hub import find_folder

LAYOUT = "config.json, model.safetensors, vocab.json and merges.txt"


@pytest.fixture
def hub(monkeypatch):
    """Put a Hub in the place of `huggingface_hub` that answers as it is told."""

    def hub(answer):
        client = SimpleNamespace(snapshot_download=answer)
        monkeypatch.setitem(sys.modules, "huggingface_hub", client)

    return hub


def test_a_folder_needs_no_hub(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert find_folder(str(tmp_path)) == tmp_path
    assert find_folder(tmp_path) == tmp_path


def test_a_folder_in_the_home_directory_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "model").mkdir()
    assert find_folder("~/model") == tmp_path / "model"


def test_fetches_the_files_it_needs_and_no_others(hub, published, tokenizer):
    folder, asked = published(), {}

    def answer(hub_id, **options):
        asked.update(options, hub_id=hub_id)
        return str(folder)

    hub(answer)
    model, same_tokenizer = pretrained.load_gpt2("someone/gpt2-tiny", compile=False)
    assert model.vocabulary_size == 263
    assert same_tokenizer.encode("the cat") == tokenizer.encode("the cat")
    assert asked == {
        "hub_id": "someone/gpt2-tiny",
        "allow_patterns": [
            "config.json",
            "model.safetensors",
            "vocab.json",
            "merges.txt",
            "model.safetensors.index.json",
            "model-*.safetensors",
        ],
    }


def test_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError) as error:
        pretrained.load_gpt2("openai-community/gpt2")
    assert str(error.value) == (
        "load_gpt2: there is no folder 'openai-community/gpt2' here, and to fetch it "
        "from the Hugging Face Hub takes the package huggingface_hub, which is not "
        "installed. What would do: pip install 'fmkeras[pretrained]', or a folder that "
        f"holds {LAYOUT}."
    )


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (
            OSError("Got: ConnectError: Name not known\nPlease check your connection."),
            "Got: ConnectError: Name not known",
        ),
        (ConnectionError(), "ConnectionError"),
    ],
)
def test_says_what_would_do_without_a_network(hub, trouble, reason):
    def answer(*_, **__):
        raise trouble

    hub(answer)
    with pytest.raises(OSError) as error:
        pretrained.load_gpt2("openai-community/gpt2")
    assert str(error.value) == (
        "load_gpt2: there is no folder 'openai-community/gpt2' here, and it could not "
        f"be fetched from the Hugging Face Hub ({reason}). What would do: another try "
        f"with a working network, or a folder that holds {LAYOUT}."
    )


@pytest.mark.parametrize(
    "source", ["./nowhere", "a/b/c", "/nowhere", "two words", "-x", "", "a/", "é"]
)
def test_refuses_what_is_neither_a_folder_nor_a_hub_id(source):
    with pytest.raises(ValueError) as error:
        pretrained.load_gpt2(source)
    assert str(error.value) == (
        "load_gpt2: `source` must be a folder that is there, or a Hub id. "
        f"Received: source={source!r}. "
        f"What would do: a folder that holds {LAYOUT}, or 'openai-community/gpt2'."
    )


def test_a_path_is_never_looked_up_on_the_hub(hub, tmp_path):
    hub(lambda *_, **__: pytest.fail("asked the Hub"))
    with pytest.raises(ValueError) as error:
        pretrained.load_gpt2(tmp_path / "nowhere")
    assert f"Received: source={str(tmp_path / 'nowhere')!r}." in str(error.value)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError) as error:
        pretrained.load_gpt2(tmp_path / "model.safetensors")
    assert "must be a folder that is there" in str(error.value)
