"""What a page shows of a stream is what a terminal would, and the same every time."""

import io
import sys

import pytest

from site_builder.terminal import as_shown, without_noise


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\ntwo\n", "one\ntwo"),
        ("\n\none\n\n", "one"),
        ("12345\rab", "ab345"),
        ("abc\b\bX", "aXc"),
        ("\x1b[1mbold\x1b[0m and \x1b[32mgreen\x1b[0m", "bold and green"),
        ("\x1b]8;;https://x\x07link", "link"),
        ("trailing   \nspace", "trailing\nspace"),
        ("3/4 of all. Yes.", "3/4 of all. Yes."),
        ("it took 3s 12 ms", "it took 3s 12 ms"),
    ],
)
def test_control_characters_do_their_work(written, shown):
    assert as_shown(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2/2 ━━ 0s 12ms/step - loss: 0.5", "2/2 ━━ - loss: 0.5"),
        ("2/2 ━━ 1:02:03 1s/step - loss: 0.5", "2/2 ━━ - loss: 0.5"),
        ("2/2 - 3s - 2s/step - loss: 0.5", "2/2 - loss: 0.5"),
        ("2/2 ━━ 0s 850us/step", "2/2 ━━"),
        ("1/2 ━━ 0s 1ms/step\n2/2 ━━ 0s 1ms/step", "2/2 ━━"),
        ("7/Unknown ━━ 0s 1ms/step", ""),
    ],
)
def test_what_keras_measures_in_seconds_is_left_out(written, shown):
    assert as_shown(written) == shown


@pytest.mark.slow
@pytest.mark.parametrize("verbose", [1, 2])
def test_the_real_progress_bar_of_keras_comes_out_the_same_every_time(
    monkeypatch, verbose
):
    from keras.utils import Progbar

    def fit(pause):
        import time

        stream = io.StringIO()
        monkeypatch.setattr(sys, "stdout", stream)
        bar = Progbar(7, verbose=verbose)
        bar._dynamic_display = True  # as in a notebook
        for step in range(1, 8):
            time.sleep(pause)
            bar.update(step, [("loss", 1 / step), ("accuracy", step / 7)])
        monkeypatch.undo()
        return stream.getvalue()

    quick, slow = fit(0.0), fit(0.16)
    assert quick != slow
    assert as_shown(quick) == as_shown(slow)
    assert "loss: 0.1429" in as_shown(quick)
    assert as_shown(quick).startswith("7/7 ")
    assert len(as_shown(quick).splitlines()) == 1


def test_start_up_noise_is_no_warning():
    noise = (
        "WARNING: All log messages before absl::InitializeLog() is called are written "
        "to STDERR\n"
        "I0000 00:00:1795189374.285294   30559 port.cc:153] oneDNN custom operations\n"
        "W0000 00:00:1795189374.290793   30559 cudart_stub.cc:31] Could not find cuda\n"
        "2026-01-02 03:04:05.678901: I tensorflow/core/platform/cpu_feature_guard.cc\n"
        "To enable the following instructions: AVX2\n"
        "Matplotlib is building the font cache; this may take a moment.\n"
    )
    assert without_noise(noise) == ""
    assert without_noise(noise + "\x1b[31mUserWarning: look\x1b[0m\n") == (
        "UserWarning: look"
    )
