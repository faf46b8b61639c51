"""Make `gpt2_snapshot.json`: what the Hugging Face implementation says.

    pip install torch transformers
    python tests/pretrained/make_gpt2_snapshot.py

The weights are not kept: `conftest.draw_tensors` draws them again.
"""

import json
from pathlib import Path

CONFIGS = [
    {"vocab_size": 263, "n_positions": 11, "n_embd": 12, "n_head": 3, "n_layer": 2},
    {
        "vocab_size": 266,
        "n_positions": 7,
        "n_embd": 20,
        "n_head": 5,
        "n_layer": 1,
        "n_inner": 28,
        "layer_norm_epsilon": 0.01,
    },
    {"vocab_size": 271, "n_positions": 9, "n_embd": 8, "n_head": 1, "n_layer": 3},
]
EVERY = 20  # of a row's logits so many are kept in one; the sum tells of the others


def expect(seed, config):
    """Run one model of the reference on two texts and let it write."""
    import torch
    import transformers

    from conftest import draw_tensors

    length = config["n_positions"] - 1
    state = {
        f"transformer.{name}": torch.tensor(values)
        for name, values in draw_tensors(config, seed).items()
    }
    state["lm_head.weight"] = state["transformer.wte.weight"]
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**config, **ends))
    model.load_state_dict(state, strict=True)
    model.eval()
    ids = [[(7 * i * i + 31 * i + 5 * b) % 260 for i in range(length)] for b in (1, 2)]
    with torch.no_grad():
        logits = model(torch.tensor(ids)).logits
        written = model.generate(
            torch.tensor([ids[0][:3]]),
            attention_mask=torch.ones((1, 3), dtype=torch.long),
            max_new_tokens=config["n_positions"] - 3,
            do_sample=False,
            eos_token_id=None,
            pad_token_id=0,
        )
    return {
        "seed": seed,
        "config": config,
        "token_ids": ids,
        "some_logits": _rounded(logits[..., ::EVERY]),
        "log_sum_exp": _rounded(torch.logsumexp(logits, -1)),
        "greedy": written[0].tolist(),
    }


def _rounded(values):
    return values.double().round(decimals=6).tolist()


def main():
    """Write the snapshot."""
    import transformers

    snapshot = {
        "transformers": transformers.__version__,
        "every": EVERY,
        "models": [expect(seed, config) for seed, config in enumerate(CONFIGS)],
    }
    path = Path(__file__).with_name("gpt2_snapshot.json")
    path.write_text(json.dumps(snapshot) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
