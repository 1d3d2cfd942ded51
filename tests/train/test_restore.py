"""train.restore_variables: the model of a run, from its directory alone."""

import functools
import json
import shutil
from typing import Any, NamedTuple

from flax import struct
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import backbones, heads, train
from tests.train._run import DATASET, EPOCHS, STEPS_PER_EPOCH, Tiny, contents, fit
from tests.train.test_checkpoint import flip_a_bit
from tests.train.test_step import NormalizedNet

# left behind by orbax if a restore fails
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
LAST = EPOCHS * STEPS_PER_EPOCH


def restore(run, model=None, **which):
    return train.restore_variables(run, model or Tiny(), DATASET.shape, **which)


def assert_equal(x, y):
    assert jax.tree.structure(x) == jax.tree.structure(y)
    jax.tree.map(np.testing.assert_array_equal, x, y)


@pytest.fixture
def copy(uninterrupted, tmp_path):
    return shutil.copytree(uninterrupted[0], tmp_path / "run")


def wrong_checksum(checkpoint):
    file = checkpoint / "facts" / "metadata"
    facts = json.loads(file.read_text())
    file.write_text(json.dumps(facts | {"checksum": facts["checksum"] + 1}))


def flipped_bits(checkpoint):
    for file in checkpoint.glob("state/**/d/*"):
        flip_a_bit(file)


def nothing_left(checkpoint):
    for file in checkpoint.rglob("*"):
        if file.is_file():
            file.write_bytes(b"")


def damage(run, step, how=wrong_checksum):
    how(run / "checkpoints" / str(step))


class Totals(NamedTuple):
    bad_step: jax.Array


@struct.dataclass
class State:
    """Any state that has the variables of a model."""

    step: jax.Array
    params: Any
    batch_stats: Any
    opt_state: Any
    loss_state: Any
    key: jax.Array
    ema: Any
    totals: Totals


def full(tree, value):
    return jax.tree.map(lambda x: np.full_like(x, value), tree)


def save(directory, model, *, optimizer, loss_state, scores):
    """Saves states whose parameters equal the step, and their average twice that."""
    init = functools.partial(model.init, train=False)
    shapes = jax.eval_shape(init, jax.random.key(0), jnp.zeros((1, 8, 8, 1)))
    variables = jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), shapes)
    with train.Checkpoints(directory / "checkpoints") as checkpoints:
        for step, score in scores.items():
            params = full(variables["params"], step)
            state = State(
                step=jnp.int32(step),
                params=params,
                batch_stats=variables.get("batch_stats", {}),
                opt_state=optimizer.init(params),
                loss_state=loss_state,
                key=jax.random.key(step),
                ema=jax.tree.map(lambda x: 2 * x, params),
                totals=Totals(jnp.int32(-1)),
            )
            checkpoints.save(step, train.replicate(state), score=score)


def test_restore_variables_returns_the_last_parameters(uninterrupted):
    run, result = uninterrupted
    before = contents(run)
    variables, step = restore(run)
    assert step == LAST
    assert_equal(variables["params"], jax.device_get(result.state.params))
    assert variables["batch_stats"] == {}
    assert {len(x.devices()) for x in jax.tree.leaves(variables)} == {1}
    assert contents(run) == before


@pytest.mark.parametrize(
    ("optimizer", "loss_state"),
    [
        (optax.adamw(optax.linear_schedule(1, 0, 5)), ((), jnp.ones(2))),
        (optax.chain(optax.clip(1.0), optax.sgd(0.1)), ()),
    ],
)
def test_restore_variables_prefers_the_average_whatever_the_optimizer(
    tmp_path, optimizer, loss_state
):
    save(
        tmp_path,
        NormalizedNet(),
        optimizer=optimizer,
        loss_state=loss_state,
        scores={1: 0.5, 2: 0.9, 3: 0.7, 4: 0.9},
    )
    for which, step in {"last": 4, "best": 2, 3: 3}.items():
        variables, found = restore(tmp_path, NormalizedNet(), which=which)
        assert found == step
        for leaf in jax.tree.leaves(variables["params"]):
            np.testing.assert_array_equal(leaf, 2 * step)
        assert set(variables["batch_stats"]["bn"]) == {"mean", "var"}


def test_restore_variables_needs_a_checkpoint(tmp_path):
    with pytest.raises(train.MissingRunError, match=r"no checkpoint.*config\.json"):
        restore(tmp_path)
    assert not list(tmp_path.iterdir())


def test_restore_variables_of_an_unknown_step_lists_the_steps(uninterrupted):
    with pytest.raises(train.CheckpointError, match=rf"of step 5; .* \d+, {LAST}$"):
        restore(uninterrupted[0], which=5)


def test_restore_variables_of_the_best_needs_a_metric(tmp_path):
    save(tmp_path, Tiny(), optimizer=optax.sgd(1.0), loss_state=(), scores={1: None})
    with pytest.raises(train.CheckpointError, match=r"known metric; .* steps 1$"):
        restore(tmp_path, which="best")


@pytest.mark.parametrize("how", [wrong_checksum, flipped_bits, nothing_left])
def test_restore_variables_skips_a_damaged_checkpoint(copy, capsys, how):
    damage(copy, LAST, how)
    _, step = restore(copy)
    assert step < LAST
    message = capsys.readouterr().err
    assert message.startswith(f"Warning: went back to the checkpoint of step {step}")
    assert str(copy / "checkpoints" / str(LAST)) in message
    assert len(message.splitlines()) == 2


def test_restore_variables_of_a_damaged_step_lists_the_others(copy):
    damage(copy, LAST)
    with pytest.raises(
        train.CheckpointError,
        match=r"(?s)24: the checksum does not match.*there are checkpoints of steps",
    ):
        restore(copy, which=LAST)


def test_restore_variables_lists_all_that_are_damaged(copy):
    steps = [int(x.name) for x in (copy / "checkpoints").iterdir()]
    for step in steps:
        damage(copy, step)
    with pytest.raises(train.CheckpointError) as error:
        restore(copy)
    assert str(error.value).count("the checksum does not match") == len(steps)


@pytest.mark.parametrize(
    ("model", "difference"),
    [
        (
            NormalizedNet(),
            r"params/head/kernel: float32\[64, 10\] there, float32\[8, 10\]",
        ),
        (
            heads.Classifier(backbones.DigitsCNN(), heads.Linear(10)),
            r"params/backbone/conv1/kernel: none there(.|\n)*and \d+ more",
        ),
    ],
)
def test_restore_variables_of_another_model_lists_the_differences(
    uninterrupted, model, difference
):
    with pytest.raises(train.MismatchError, match=difference):
        restore(uninterrupted[0], model)


def test_restore_variables_refuses_images_of_another_shape(uninterrupted, capsys):
    with pytest.raises(train.MismatchError):
        train.restore_variables(uninterrupted[0], Tiny(), (9, 9, 1))
    assert capsys.readouterr().err == ""


def test_a_run_continues_after_its_variables_were_restored(copy, uninterrupted):
    (copy / "finished.json").unlink()
    for step in ("23", "24"):
        shutil.rmtree(copy / "checkpoints" / step, ignore_errors=True)
    assert restore(copy).step < LAST
    assert_equal(fit(copy).state.params, uninterrupted[1].state.params)
