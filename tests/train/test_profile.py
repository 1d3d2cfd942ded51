"""train.Profile."""

import gzip
import json

import jax
import jax.numpy as jnp
import pytest

from adrjax import train


@jax.jit
def step(x):
    return x @ x / 64


def events(directory):
    (trace,) = directory.rglob("*.trace.json.gz")
    return json.loads(gzip.decompress(trace.read_bytes()))["traceEvents"]


def test_profile_traces_its_steps_and_no_other(tmp_path, capsys):
    profile = train.Profile(tmp_path, first=2, steps=3)
    traced, x, plain = profile.traced(step), jnp.ones((64, 64)), jnp.ones((64, 64))
    for _ in range(8):
        x, plain = traced(x), step(plain)
    profile.close()
    assert (x == plain).all()
    assert list(tmp_path.rglob("*.xplane.pb"))
    numbers = [
        int(x["args"]["step_num"])
        for x in events(tmp_path)
        if x.get("name") == "train" and "step_num" in x.get("args", {})
    ]
    assert sorted(numbers) == [2, 3, 4]
    message = capsys.readouterr().err
    assert message.startswith("traced 3 steps. View them: open ")
    assert "https://ui.perfetto.dev" in message
    assert f"xprof --logdir {tmp_path}" in message


@pytest.mark.parametrize(
    ("steps", "message"),
    [(4, "traced 2 steps."), (2, "no trace: the run made 2 steps, the first")],
)
def test_profile_of_a_shorter_run_is_closed(tmp_path, capsys, steps, message):
    profile = train.Profile(tmp_path, first=2)
    traced = profile.traced(step)
    for _ in range(steps):
        jax.block_until_ready(traced(jnp.ones((64, 64))))
    profile.close()
    assert capsys.readouterr().err.startswith(message)
    assert bool(list(tmp_path.rglob("*.xplane.pb"))) == (steps > 2)


def test_profile_refuses_numbers_out_of_range(tmp_path):
    with pytest.raises(train.ArgumentError, match="first must be at least 0, got -1"):
        train.Profile(tmp_path, first=-1)
    with pytest.raises(train.ArgumentError, match="steps must be at least 1, got 0"):
        train.Profile(tmp_path, steps=0)
