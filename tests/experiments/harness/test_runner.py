"""Training what is not trained, and reading what is."""

import dataclasses
import functools
import gc
import hashlib
import json
import threading
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import Outputs, data, heads, losses, train
from experiments.command import DataError
from experiments.harness import (
    Classification,
    Data,
    Epochs,
    Features,
    FromFile,
    FromRun,
    Method,
    Metric,
    Recipe,
    Retrieval,
    Run,
    Steps,
    Verification,
)
from experiments.harness.evaluation import Measured
from experiments.harness.images import SPLITS_IN_MEMORY, random_images
from experiments.harness.measuring import _locked
from experiments.harness.metrics import CORRUPTED, ERROR1, INTACT, NLL, TOP1
from experiments.harness.variants import in_bfloat16, reduced, scaled, smoked
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import (
    CE,
    HALF,
    RECIPE,
    TEST,
    run,
    runner,
    with_data,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Returns a runner, a run that it has trained, and the result."""
    made, _ = runner(tmp_path_factory.mktemp("runs"))
    return made, run(), made.result(run())


def files(directory):
    """Returns when each file of a run was written."""
    found = (x for x in directory.rglob("*") if x.is_file() and x.name != ".lock")
    return {str(x): x.stat().st_mtime_ns for x in found}


def test_a_run_is_trained_and_recorded(trained):
    made, _, result = trained
    assert [record["epoch"] for record in result.history] == [1, 2]
    assert {"train_loss", "test/top1", "test/NLL"} <= {*result.history[-1]}
    assert result.last("test/top1") == result.history[-1]["test/top1"]
    assert result.best("test/NLL") == min(x["test/NLL"] for x in result.history)
    config = train.read_config(result.directory)
    assert config["run"] == json.loads(json.dumps(run().description()))
    assert made.finished(run()) and not made.is_in_use(run())
    (start,) = train.read_provenance(result.directory)
    assert start["training_images"] == 64 and start["wrong_labels"] == 0


def test_a_finished_run_is_read(trained):
    made, _, result = trained
    before = files(result.directory)
    again = made.result(run())
    assert again.history == result.history and files(result.directory) == before


def test_a_changed_loss_of_the_same_row_is_trained_anew(trained):
    made, _, result = trained
    nothing = made.result(run(Method(_toy.weighted, {"weight": 0.0})))
    assert nothing.directory != result.directory
    assert nothing.last("train_loss") == 0 < result.last("train_loss")


def test_a_changed_program_of_the_same_settings_is_refused(trained):
    made, _, result = trained
    start = train.read_provenance(result.directory)[0]
    changed = run(Method(_toy.weighted, {"weight": 1.0}), name="program")
    made.result(changed)

    def other(logits, labels, *, weight):
        return weight**2 * losses.focal(logits, labels)

    other.__qualname__ = other.__name__ = "weighted"
    other.__module__ = _toy.__name__
    edited = run(Method(other, {"weight": 1.0}), name="program")
    assert edited.directory(made.root) == changed.directory(made.root)
    later, _ = runner(made.root)
    with pytest.raises(train.WorkdirError, match="program of a training step") as error:
        later.result(edited)
    if start["git"]:
        assert start["git"]["revision"] in str(error.value)
    accepting, _ = runner(made.root, accept_changes=True)
    assert accepting.result(edited).history[-1]["step"] == 8
    assert later.result(edited).history[-1]["step"] == 8  # it has the new program now


def test_a_directory_of_an_older_layout_is_refused(tmp_path):
    made, _ = runner(tmp_path)
    directory = run().directory(tmp_path)
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    with pytest.raises(train.WorkdirError, match="by a version of adrjax whose runs"):
        made.result(run())


def test_nothing_of_a_run_stays_in_memory(tmp_path):
    made, _ = runner(tmp_path)
    recipe = dataclasses.replace(
        RECIPE,
        evaluations={"test": TEST, "end": dataclasses.replace(TEST, at_end=True)},
    )
    for name in ("train", "test"):
        made.images.read(_toy.TOY, name)
    gc.collect()
    before = {id(x) for x in jax.live_arrays()}
    made.result(Run(recipe, CE))
    gc.collect()
    left = [x.shape for x in jax.live_arrays() if id(x) not in before]
    assert [shape for shape in left if len(shape) > 1] == []
    assert len(left) <= 1  # a key


def test_the_seeds_of_a_run_share_their_programs(tmp_path, monkeypatch):
    made, _ = runner(tmp_path)
    calls, of_task = [], train.programs
    monkeypatch.setattr(
        train, "programs", lambda *args: calls.append(args) or of_task(*args)
    )
    first, second = (made.result(Run(RECIPE, CE, seed)) for seed in (0, 1))
    assert len(calls) == 1
    assert first.history[-1] != second.history[-1]
    alone, _ = runner(tmp_path / "alone")
    apart = alone.result(Run(RECIPE, CE, 1)).history
    for ours, theirs in zip(second.history, apart, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}
    made.result(Run(RECIPE, Method(_toy.weighted, {"weight": 1.0})))
    assert len(calls) == 3


def test_the_state_is_freed_before_the_evaluations_at_the_end(tmp_path):
    made, _ = runner(tmp_path)
    alive = []

    class Sentinel(Classification):
        def __call__(self, network, splits):
            gc.collect()
            shapes = [x.shape for x in jax.live_arrays()]
            alive.append(shapes.count((16, 10)))
            return super().__call__(network, splits)

    Sentinel.__qualname__ = "Sentinel"
    recipe = dataclasses.replace(
        RECIPE, evaluations={"end": Sentinel({"top1": TOP1}, at_end=True)}
    )
    made.result(Run(recipe, CE))
    assert alive == [1]  # the kernel of the network, not that of the state


@pytest.mark.long
def test_few_splits_are_kept(tmp_path):
    made, _ = runner(tmp_path)
    images = []
    for i in range(SPLITS_IN_MEMORY + 1):
        recipe = with_data(
            dataset=dataclasses.replace(_toy.TOY, name=f"toy{i}"), hold_out=8
        )
        kept, held_out = made.labelled(run(recipe=recipe))
        images += [weakref.ref(x.split.images) for x in (kept, held_out)]
        del kept, held_out
        gc.collect()
        assert len(made.images._kept) <= SPLITS_IN_MEMORY
        assert sum(x() is not None for x in images) <= 2 * SPLITS_IN_MEMORY


def test_data_sets_that_differ_in_any_field_are_read_apart(tmp_path):
    made, _ = runner(tmp_path)

    @dataclasses.dataclass(frozen=True)
    class Shifted(_toy.Toy):
        shift: int = 0

        def read(self, split, data_dir=None):
            images, labels = super().read(split)
            return data.Split(images + np.uint8(self.shift), labels)

    fields = ("toy", 10, (4, 4, 1), (0.5,), (0.25,))
    first, second = (
        made.images.read(Shifted(*fields, shift=i), "train") for i in (0, 1)
    )
    assert (np.asarray(second.images) == np.asarray(first.images) + 1).all()
    augmented = Shifted(*fields, augment=data.augment.pad_crop_flip)
    assert made.images.read(augmented, "train") is first


def test_noise_is_drawn_for_each_seed_and_reported(tmp_path):
    made, said = runner(tmp_path)
    noisy = run(recipe=with_data(noise=_toy.flip_some, hold_out=8))
    labels = [made.labelled(noisy.with_seed(i))[0].split.labels for i in (0, 1, 0)]
    assert (labels[0] != labels[1]).any() and (labels[0] == labels[2]).all()
    kept, held_out = made.labelled(noisy)
    assert len(kept.true_labels) == 56 and 0.2 < kept.wrong() < 0.8
    assert held_out.wrong() == 0
    rows = {row.tobytes() for row in _toy.IMAGES[:64]}
    parts = [np.asarray(x.split.images) for x in (kept, held_out)]
    assert {row.tobytes() for part in parts for row in part} == rows
    assert not said


def test_the_labels_of_held_out_images_are_corrupted_on_demand(tmp_path):
    made, _ = runner(tmp_path)
    recipe = with_data(noise=_toy.flip_some, hold_out=32, noisy_hold_out=True)
    parts = [made.labelled(run(recipe=recipe, seed=i))[1] for i in (0, 1, 0)]
    labels = [part.split.labels for part in parts]
    assert (labels[0] != labels[1]).any() and (labels[0] == labels[2]).all()
    assert 0.2 < parts[0].wrong() < 0.8
    assert (parts[0].true_labels == parts[1].true_labels).all()


@pytest.fixture(scope="module")
def relabelled(tmp_path_factory):
    """Returns a run whose labels are those of a network trained on clean labels."""
    made, said = runner(tmp_path_factory.mktemp("runs"))
    longer = dataclasses.replace(RECIPE, length=Epochs(12), evaluate_every=Epochs(12))
    on_train = {"corrupted": CORRUPTED, "intact": INTACT}
    recipe = dataclasses.replace(
        with_data(longer, noise=_toy.flip_all, relabelled_by=FromRun(longer, CE)),
        evaluations={"test": TEST, "train": Classification(on_train, split="train")},
    )
    return made, said, Run(recipe, CE), made.result(Run(recipe, CE))


@pytest.mark.long
def test_the_network_of_another_run_relabels_the_images(relabelled):
    made, said, own, result = relabelled
    kept, _ = made.labelled(own)
    source = Run(own.recipe.data.relabelled_by.recipe, CE)
    assert made.finished(source)
    predictions = made.network(source).predict(made.images.read(_toy.TOY, "train"))
    np.testing.assert_array_equal(kept.split.labels, predictions.classes)
    assert kept.wrong() < 0.3
    share = 100 * kept.wrong()
    assert (
        not share
        or said[-1] == f"{own.name}: {share:.2f} % of the training labels are wrong"
    )
    record = result.history[-1]
    assert record["train/intact"] > 60
    hits = made.network(own).predict(kept.split)
    expected = 100 * np.mean(hits.classes == kept.split.labels)
    assert record["train/corrupted"] == pytest.approx(expected)


def test_the_labels_of_a_run_are_made_once(tmp_path):
    made, _ = runner(tmp_path)
    calls = []

    def counted(key, labels):
        calls.append(key)
        return labels, labels != labels

    counted.__qualname__ = "counted"
    noisy = run(recipe=with_data(noise=counted))
    for _ in range(3):
        made.splits(noisy).split("train")
    assert len(calls) == 1


class Embedded(_toy.Affine):
    """Affine with another head."""

    @_toy.nn.compact
    def __call__(self, x, *, train):
        features = x.reshape(len(x), -1)
        hidden = _toy.nn.Dense(16, name="neck")(features)
        return Outputs(hidden, _toy.nn.Dense(self.num_classes, name="head")(hidden))


def test_a_run_starts_from_the_last_parameters_of_another(tmp_path):
    made, said = runner(tmp_path)
    short = dataclasses.replace(RECIPE, length=Steps(1), evaluations={})
    source = Run(dataclasses.replace(short, name="source", model=Embedded()), CE, 1)
    wide = dataclasses.replace(
        short,
        model=Embedded(12),
        start=FromRun(source.recipe, CE),
        optimizer=functools.partial(_toy.scaled_sgd, rate=0.0),
    )
    made.result(Run(wide, CE, 1))
    own, theirs = (
        made.network(x).variables["params"] for x in (Run(wide, CE, 1), source)
    )
    jax.tree.map(np.testing.assert_array_equal, own["neck"], theirs["neck"])
    assert own["head"]["kernel"].shape == (16, 12)
    (text,) = said
    assert text.endswith("except for params/head/bias, params/head/kernel")


def test_sources_are_trained_before_a_run_is_opened(tmp_path):
    made, _ = runner(tmp_path)
    missing = dataclasses.replace(
        RECIPE, start=FromFile("a.npz", "0", _toy.weighted, "the authors")
    )
    target = run(start=FromRun(missing, CE))
    with pytest.raises(DataError, match=r"a\.npz is not there"):
        made.result(target)
    assert not target.directory(tmp_path).exists()


def loaded(variables, path):
    kernel = np.load(path)["kernel"]
    head = {**variables["params"]["head"], "kernel": kernel}
    return {**variables, "params": {**variables["params"], "head": head}}


def test_a_run_starts_from_a_file_of_weights(tmp_path):
    kernel = np.full((16, 10), 0.5, np.float32)
    file = tmp_path / "weights" / "a.npz"
    file.parent.mkdir()
    np.savez(file, kernel=kernel)
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    made, _ = runner(tmp_path / "runs", weights_dir=file.parent)
    start = FromFile("a.npz", checksum, loaded, "the authors")
    own = run(start=start, snapshots=(0, 1))
    made.result(own)
    first = made.network(own, which=0).variables["params"]["head"]["kernel"]
    np.testing.assert_array_equal(first, kernel)
    # An epoch is 4 steps, and the snapshots are kept beside the last checkpoint.
    assert {"0", "4", "8"} <= {
        x.name for x in (own.directory(made.root) / "checkpoints").iterdir()
    }
    short = FromFile("a.npz", checksum[:8], loaded, "the authors")
    runner(tmp_path / "runs", weights_dir=file.parent)[0].check(run(start=short))
    file.write_bytes(b"damaged")
    fresh, _ = runner(tmp_path / "runs", weights_dir=file.parent)
    with pytest.raises(DataError, match=rf"a\.npz must have .* {checksum}, got"):
        fresh.check(own)
    nowhere, _ = runner(tmp_path / "other")
    with pytest.raises(DataError, match=r"put a\.npz of the authors into a folder"):
        nowhere.check(run(start=FromRun(own.recipe, CE)))
    assert not (tmp_path / "other").exists()


def test_lengths_are_steps_or_epochs(tmp_path):
    made, _ = runner(tmp_path)
    result = made.result(run(length=Steps(5), evaluate_every=Steps(2)))
    assert [record["step"] for record in result.history] == [2, 4, 5]
    assert Epochs(0.5).steps(9) == 4 and Epochs(0.01).steps(9) == 1
    half = scaled(run(), 0.5)
    assert (
        half.recipe.length == Epochs(1.0)
        and scaled(half, 0.1).recipe.length.steps(4) == 1
    )
    assert scaled(run(length=Steps(10)), 0.25).recipe.length == Steps(2)
    assert half.identity != run().identity


def test_a_best_metric_is_recorded_and_chosen_in_its_direction(tmp_path):
    made, _ = runner(tmp_path)
    own = run(best="test/NLL", length=Epochs(4))
    result = made.result(own)
    config = train.read_config(result.directory)
    assert config["best"] == "test/NLL" and config["lower_is_better"]
    errors = {record["step"]: record["test/NLL"] for record in result.history}
    best = train.restore_variables(
        result.directory, _toy.Affine(), (4, 4, 1), which="best"
    )
    assert errors[best.step] == min(errors.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"best": "test/top5"}, "must be one of test/top1, test/NLL.*got 'test/top5'"),
        ({"best": "end/top1"}, "evaluation at every record, got 'end/top1'"),
    ],
)
def test_a_best_metric_that_is_not_recorded_is_refused(tmp_path, changes, message):
    made, _ = runner(tmp_path)
    evaluations = {"test": TEST, "end": Classification({"top1": TOP1}, at_end=True)}
    if changes["best"] == "test/top5":
        del evaluations["end"]
    with pytest.raises(train.ArgumentError, match=message):
        made.result(run(evaluations=evaluations, **changes))
    assert not any(tmp_path.iterdir())


def test_an_evaluation_without_a_name_is_refused_before_the_training(tmp_path):
    made, _ = runner(tmp_path)
    anonymous = Classification({"x": Metric(lambda x: x.labels)}, at_end=True)
    with pytest.raises(train.ArgumentError, match=r"evaluation end of toy.* top level"):
        made.result(run(evaluations={"end": anonymous}))
    assert not any(tmp_path.iterdir())


def test_a_batch_larger_than_the_images_is_refused(tmp_path):
    made, _ = runner(tmp_path)
    with pytest.raises(train.ArgumentError, match="at most the 64 training images"):
        made.result(run(batch_size=128))


def counted_classification(calls):
    class Counted(Classification):
        def __call__(self, network, splits):
            calls.append(self)
            return super().__call__(network, splits)

    Counted.__qualname__ = "Counted"
    return Counted


@pytest.mark.long
def test_evaluations_at_the_end_are_kept_added_and_made_again_if_changed(trained):
    made, _, before = trained
    calls = []
    kind = counted_classification(calls)
    end = kind({"top1": TOP1}, at_end=True)
    own = run(evaluations={"test": TEST, "end": end})
    steps = files(before.directory / "checkpoints")
    assert not made.finished(own)
    result = made.result(own)
    assert result.last("end/top1") == pytest.approx(result.last("test/top1"))
    assert result.best("end/top1") == result.last("end/top1")
    assert made.finished(own) and len(calls) == 1
    assert made.result(own).measured == result.measured and len(calls) == 1
    changed = run(evaluations={"test": TEST, "end": kind({"e": ERROR1}, at_end=True)})
    error = made.result(changed).last("end/e")
    assert error == pytest.approx(100 - result.last("end/top1")) and len(calls) == 2
    assert files(before.directory / "checkpoints") == steps
    (directory,) = (before.directory / "evaluations").glob("end.json")
    directory.write_text("{cut off")
    assert made.result(changed).last("end/e") == error and len(calls) == 3


def test_evaluations_at_every_record_can_be_added_and_changed_later(trained):
    made, _, before = trained
    more = Classification({"top1": TOP1, "NLL": NLL, "error": ERROR1})
    result = made.result(run(evaluations={"test": more}))
    assert result.last("test/error") == pytest.approx(100 - before.last("test/top1"))
    assert result.last("test/top1") == pytest.approx(before.last("test/top1"))
    with pytest.raises(train.ArgumentError, match="no records of 'test/top1', only"):
        result.best("test/top1")
    assert made.result(run()).history == before.history


def test_two_processes_that_measure_one_run_wait_for_each_other(trained):
    _, _, result = trained
    order = []

    def second():
        with _locked(result.directory / "evaluations"):
            order.append("second")

    with _locked(result.directory / "evaluations"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.parametrize("name", ["train", "held-out"])
def test_images_of_the_training_split_are_decoded_with_the_crop_that_is_asked_for(
    tmp_path, monkeypatch, name
):
    made, _ = runner(tmp_path)
    crops = []

    def stream(self, split, data_dir=None, *, crop, num_workers):
        crops.append(crop)
        return self.read(split)

    monkeypatch.setattr(_toy.Toy, "stream", stream)
    random, center = data.RandomResizedCrop(4), data.CenterCrop(4)
    own = run(recipe=with_data(crop=random, hold_out=8))
    splits = made.splits(own)
    trained = splits.split(name)
    measured = splits.split(name, center)
    assert crops == [random, center]
    np.testing.assert_array_equal(trained.labels, measured.labels)
    splits.true_labels(name, center)
    assert len(crops) == 2


def test_a_recipe_without_held_out_images_says_so(tmp_path):
    made, _ = runner(tmp_path)
    with pytest.raises(train.ArgumentError, match="toy holds out no images"):
        made.splits(run()).split("held-out")


def read_mars(name, data_dir):
    return data.mars_tracklets(name, data_dir)


def test_data_that_is_not_prepared_is_named(tmp_path):
    made, _ = runner(tmp_path, data_dir=tmp_path)
    for dataset in (data.cifar10(), data.imagenet2012()):
        with pytest.raises(DataError, match=f"{dataset.name} is not prepared"):
            made.images.read(dataset, "train", data.CenterCrop(8))
    splits = made.splits(run())
    with pytest.raises(DataError, match="mars is not prepared"):
        splits.tracklets(read_mars, "query")
    with pytest.raises(DataError, match="lfw_aligned is not prepared"):
        splits.pairs(data.lfw_aligned())


def norms(train_, test):
    return {"norm": float(np.linalg.norm(test.features))}


def norm_of(x: Measured):
    return jnp.linalg.norm(x.outputs.features, axis=-1)


@pytest.mark.long
def test_a_smoke_run_needs_no_data_and_makes_every_evaluation(tmp_path):
    made, _ = runner(tmp_path, smoke=True)
    faces = dataclasses.replace(data.cifar10(), true_label="label")
    recipe = Recipe(
        name="all",
        data=Data(
            dataset=faces,
            hold_out=5000,
            noise=_toy.flip_all,
            order=data.ClassBalanced(8, 4),
        ),
        model=_toy.Affine(),
        batch_size=32,
        length=Epochs(100),
        optimizer=_toy.sgd,
        evaluations={
            "held-out": Classification({"top1": TOP1}, split="held-out"),
            "other": Classification({"top1": TOP1}, dataset=data.cifar100()),
            "pairs": Verification(data.lfw_aligned()),
            "tracklets": Retrieval(read_mars),
            "features": Features(norms, {"norm": Metric(norm_of)}),
        },
        start=FromFile("nowhere", "0", loaded, "the authors"),
    )
    result = made.result(Run(recipe, CE))
    assert result.history[-1]["step"] == 2
    assert {*result.measured} == {
        "pairs/accuracy",
        "pairs/accuracy_std",
        "tracklets/mAP",
        "tracklets/CMC-1",
        "features/norm",
    }


def test_random_images_have_the_shape_of_the_data_set_or_the_crop():
    assert random_images(data.imagenet2012()).images.shape == (64, 64, 64, 3)
    assert random_images(_toy.TOY).images.shape == (64, 4, 4, 1)
    cropped = random_images(data.imagenet2012(), data.CenterCrop(8))
    assert cropped.images.shape == (64, 8, 8, 3)


def test_variants_of_a_run():
    small = dataclasses.replace(RECIPE, name="small", length=Epochs(1))
    own = run(reduced=small, smoke=_toy.Affine(3))
    assert reduced(own).recipe is small
    assert smoked(own).recipe.model == _toy.Affine(3) and smoked(run()) == run()
    with pytest.raises(train.ArgumentError, match="toy has no reduced variant"):
        reduced(run())
    linear = run(model=heads.Linear(10))
    assert in_bfloat16(linear).recipe.model.dtype == jnp.bfloat16
    assert in_bfloat16(linear).identity != linear.identity
    with pytest.raises(train.ArgumentError, match="--bfloat16, toy: Affine must have"):
        in_bfloat16(run())


@pytest.mark.long
def test_a_source_is_trained_in_the_variant_of_the_page(tmp_path):
    made, _ = runner(tmp_path, variant=functools.partial(scaled, scale=0.5))
    own = run(name="own", start=FromRun(RECIPE, HALF))
    made.result(own)
    assert made.finished(scaled(run(HALF), 0.5)) and not made.finished(run(HALF))
