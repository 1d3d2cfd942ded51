"""A run is shown as befits where it is shown."""

import io

from rich.console import Console

from adrjax import train

RECORD = {
    "epoch": 1,
    "step": 8,
    "train_loss": 0.123456,
    "train_accuracy": 0.9,
    "top1": 0.85,
    "seconds": 1.5,
}
FIGURES = {"train_loss": 0.123456, "train_accuracy": 0.9}


def shown(*, disable=False, terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=200)
    progress = train.Progress(disable=disable, console=console)
    with progress.run("ADR", step=0, num_steps=16, num_epochs=2, batch_size=24):
        progress.update(8, 1, FIGURES)
        progress.epoch(RECORD)
    return console.file.getvalue()


def test_elsewhere_than_on_a_terminal_an_epoch_is_a_line():
    assert shown(terminal=False) == (
        "ADR  epoch 1/2  step 8  train_loss 0.12346  train_accuracy 0.9  top1 0.85  "
        "seconds 1.5\n"
    )


def test_on_a_terminal_there_is_a_bar():
    text = shown(terminal=True)
    for part in ("ADR", "epoch 1/2", "loss 0.1235", "accuracy 90.0%", "images/s"):
        assert part in text
    assert "train_loss" not in text


def test_nothing_is_shown_if_it_is_disabled():
    assert shown(disable=True, terminal=True) == ""
    assert shown(disable=True, terminal=False) == ""
