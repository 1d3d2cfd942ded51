"""What a network is measured by, against the outputs of the whole split."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data, losses, metrics, train
from adrjax.train import _network
from experiments.harness import (
    Classification,
    Features,
    Metric,
    Retrieval,
    Verification,
    Verifications,
)
from experiments.harness.metrics import (
    CLEAN,
    CONFIDENCE,
    CORRUPTED,
    ECE,
    ERROR1,
    ERROR5,
    FEATURE_NORM,
    FLIPPED,
    FOCUS,
    INTACT,
    LOSS,
    NLL,
    SPREAD,
    TOP1,
    TOP5,
)
from tests.experiments.harness import _toy
from tests.experiments.harness.test_method import counted

RNG = np.random.default_rng(1)
MODEL = _toy.Affine()
WRONG = np.where(np.arange(64) % 3, _toy.LABELS[:64], (_toy.LABELS[:64] + 1) % 10)
VIDEOS = np.repeat(np.arange(40, dtype=np.int32), 2)
PAIRS = data.PairSplit(
    images=RNG.integers(256, size=(80, 4, 4, 1)).astype(np.uint8),
    items=VIDEOS,
    first=RNG.integers(40, size=60).astype(np.int32),
    second=RNG.integers(40, size=60).astype(np.int32),
    same=np.arange(60) % 6 < 3,
)
TRACKLETS = {
    name: data.TrackletSplit(
        images=RNG.integers(256, size=(2 * n, 4, 4, 1)).astype(np.uint8),
        items=np.repeat(np.arange(n, dtype=np.int32), 2),
        person=np.arange(n, dtype=np.int32) % 5,
        camera=np.arange(n, dtype=np.int32) % 3 + 1,
    )
    for name, n in (("query", 10), ("gallery", 24))
}


class Splits:
    """The images of the toy, a third of whose training labels are wrong."""

    def split(self, name, crop=None):
        split = _toy.TOY.read("train" if name == "held-out" else name)
        return split._replace(labels=WRONG) if name == "train" else split

    def true_labels(self, name, crop=None):
        return self.split("held-out" if name == "train" else name).labels

    def dataset(self, dataset, name, crop=None):
        return dataset.read(name)

    def pairs(self, pairs):
        return PAIRS

    def tracklets(self, read, name):
        return read(name, None)


@pytest.fixture(scope="module")
def network():
    """Returns a network of random weights, whose loss has been used three times."""
    evaluator = train.Evaluator(
        MODEL,
        _toy.TOY,
        train.objective(counted(weight=2)),
        batch_size=16,
        devices=2,
    )
    variables = MODEL.init(jax.random.key(0), jnp.zeros((1, 4, 4, 1)), train=False)
    return evaluator.network(variables, {"loss": jnp.full((), 3.0)})


@pytest.fixture(scope="module")
def outputs(network):
    """Returns logits, features and true labels of the training and the test images."""
    return {name: network.predict(_toy.TOY.read(name)) for name in ("train", "test")}


OF_TEST = {
    "top1": TOP1,
    "top5": TOP5,
    "error1": ERROR1,
    "error5": ERROR5,
    "ECE": ECE,
    "confidence": CONFIDENCE,
    "NLL": NLL,
    "loss": LOSS,
    "norm": FEATURE_NORM,
    "focus": FOCUS,
    "spread": SPREAD,
}


def eight_times(logits, labels):
    return 8 * losses.cross_entropy(logits, labels)


def expected(logits, labels, features):
    """Returns the numbers of `OF_TEST`, from the outputs of all images."""
    probs = np.asarray(jax.nn.softmax(logits))
    hits = logits.argmax(-1) == labels
    of_five = (np.argsort(-logits)[:, :5] == labels[:, None]).any(-1)
    values = np.asarray(losses.cross_entropy(logits, labels))
    weights = metrics.example_weights(eight_times, logits, labels)
    own = probs[np.arange(len(labels)), labels]
    return {
        "top1": 100 * hits.mean(),
        "top5": 100 * of_five.mean(),
        "error1": 100 - 100 * hits.mean(),
        "error5": 100 - 100 * of_five.mean(),
        "ECE": 100 * metrics.calibration_error(probs.max(-1), hits),
        "confidence": 100 * probs.max(-1).mean(),
        "NLL": values.mean(),
        "loss": 8 * values.mean(),  # weight 2, and the state 3 grows it by 4
        "norm": np.linalg.norm(features, axis=-1).mean(),
        "focus": metrics.emphasis_focus(weights, own),
        "spread": metrics.emphasis_spread(weights),
    }


def assert_close(found, wanted):
    assert {*found} == {*wanted}
    for name, value in wanted.items():
        assert found[name] == pytest.approx(float(value), rel=1e-5), name


def test_classification_of_batches_equals_that_of_the_whole_split(network, outputs):
    found = Classification(OF_TEST)(network, Splits())
    predictions = outputs["test"]
    assert_close(
        found, expected(predictions.logits, predictions.labels, predictions.features)
    )


def test_classification_fetches_no_logits(network, monkeypatch):
    shapes = []

    def fetched(results, real):
        shapes.extend(x.shape for x in jax.tree.leaves(results))
        return real_fetched(results, real)

    real_fetched = _network._fetched
    monkeypatch.setattr(_network, "_fetched", fetched)
    Classification(OF_TEST)(network, Splits())
    assert {shape for shape in shapes} == {(16,)}  # a number an example of a batch


def two_views(image):
    return jnp.stack([image, image[:, ::-1]])


@pytest.mark.parametrize("mean", ["outputs", "probs"])
def test_classification_averages_the_views(network, mean):
    view = train.Views(two_views, mean)
    found = Classification({"top1": TOP1, "NLL": NLL}, views=view)(network, Splits())
    split = _toy.TOY.read("test")
    mirrored = split._replace(images=split.images[:, :, ::-1])
    logits = np.stack([network.predict(x).logits for x in (split, mirrored)])
    if mean == "probs":
        logits = np.log(np.asarray(jax.nn.softmax(logits)).mean(0))
    else:
        logits = logits.mean(0)
    hits = logits.argmax(-1) == split.labels
    values = losses.cross_entropy(logits, split.labels)
    assert_close(found, {"top1": 100 * hits.mean(), "NLL": values.mean()})


def test_classification_of_training_images_has_both_labels(network, outputs):
    chosen = {
        "corrupted": CORRUPTED,
        "intact": INTACT,
        "clean": CLEAN,
        "flipped": FLIPPED,
    }
    found = Classification(chosen, split="train")(network, Splits())
    classes, truth = outputs["train"].classes, _toy.LABELS[:64]
    hits, is_wrong = classes == WRONG, truth != WRONG
    wanted = {
        "corrupted": 100 * hits.mean(),
        "intact": 100 * (classes == truth).mean(),
        "clean": 100 * hits[~is_wrong].mean(),
        "flipped": 100 * hits[is_wrong].mean(),
    }
    assert len({*wanted.values()}) == 4
    assert_close(found, wanted)
    held_out = Classification(chosen, split="held-out")(network, Splits())
    assert held_out["corrupted"] == held_out["intact"] == held_out["clean"]
    assert held_out["flipped"] == 0


class Other(_toy.Toy):
    def read(self, split, data_dir=None):
        images, labels = super().read(split)
        return data.Split(255 - images, labels)


def test_classification_of_another_data_set(network):
    other = Other("other", 10, (4, 4, 1), (0.5,), (0.25,))
    found = Classification({"top1": TOP1}, dataset=other)(network, Splits())
    predictions = network.predict(other.read("test"))
    hits = predictions.classes == predictions.labels
    assert_close(found, {"top1": 100 * hits.mean()})


def features_of_pairs(network, images=PAIRS.images, *, mirror=True):
    """Returns the means over the images of both videos of each pair."""
    seen = [images, images[:, :, ::-1]] if mirror else [images]
    features = sum(network.predict(data.Split(x, VIDEOS)).features for x in seen)
    means = features.reshape(40, 2, -1).mean(1)  # two images a video
    return means[PAIRS.first], means[PAIRS.second]


def accuracy_of(found):
    return {"accuracy": 100 * found[0], "accuracy_std": 100 * found[1]}


@pytest.mark.parametrize("mirror", [True, False])
def test_verification_by_a_threshold(network, mirror):
    found = Verification(data.ytf(), mirror=mirror)(network, Splits())
    pairs = features_of_pairs(network, mirror=mirror)
    similarities = metrics.cosine_similarity(*pairs)
    accuracy = metrics.verification_accuracy(similarities, PAIRS.same)
    assert_close(found, accuracy_of(accuracy))


def test_verification_by_pca(network):
    evaluation = Verification(data.ytf(), protocol="pca", components=4)
    found = evaluation(network, Splits())
    accuracy = metrics.pca_verification_accuracy(
        *features_of_pairs(network), PAIRS.same, components=4
    )
    assert_close(found, accuracy_of(accuracy))
    assert evaluation.metrics["accuracy_std"].better == "lower"


def test_verification_by_cosine_and_l2_of_one_fold(network):
    evaluation = Verification(data.ytf(), protocol="pca", by_l2=True, fold=2)
    found = evaluation(network, Splits())
    cosine, l2 = (
        metrics.pca_verification_accuracy(
            *features_of_pairs(network), PAIRS.same, similarity=similarity, fold=2
        )
        for similarity in ("cosine", "l2")
    )
    by_l2 = {f"l2_{key}": x for key, x in accuracy_of(l2).items()}
    assert_close(found, accuracy_of(cosine) | by_l2)
    assert found.keys() == evaluation.metrics.keys()


def flipped(image):
    return image[::-1][None]


def test_verification_mirrors_its_views(network):
    views = Verification(data.ytf(), views=train.Views(flipped))(network, Splits())
    pairs = features_of_pairs(network, PAIRS.images[:, ::-1])
    similarities = metrics.cosine_similarity(*pairs)
    accuracy, _ = metrics.verification_accuracy(similarities, PAIRS.same)
    assert views["accuracy"] == pytest.approx(100 * float(accuracy))


def test_verifications_are_those_of_the_sets_and_their_means(network):
    sets = {
        "all": Verification(data.ytf()),
        "one": Verification(data.ytf(), fold=2),
        "pca": Verification(data.ytf(), protocol="pca"),
    }
    means = {"two": ("all", "one"), "three": ("all", "one", "pca")}
    evaluation = Verifications(sets, means)
    found = evaluation(network, Splits())
    assert {*evaluation.metrics} == {*found}
    wanted = {k: x(network, Splits())["accuracy"] for k, x in sets.items()}
    wanted["two"] = (wanted["all"] + wanted["one"]) / 2
    wanted["three"] = sum(wanted[k] for k in sets) / 3
    assert_close(found, wanted)


def tracklets(name, data_dir):
    return TRACKLETS[name]


def test_retrieval_of_tracklets(network):
    found = Retrieval(tracklets)(network, Splits())
    query, gallery = TRACKLETS["query"], TRACKLETS["gallery"]
    sums = []
    for x in (query, gallery):
        features = network.predict(data.Split(x.images, x.items)).features
        total = np.stack([features[x.items == i].mean(0) for i in range(len(x.person))])
        sums.append(total / np.linalg.norm(total, axis=1, keepdims=True))
    people = query.person, gallery.person
    where = metrics.cross_camera(people[0], query.camera, people[1], gallery.camera)
    similarities = sums[0] @ sums[1].T
    precision = metrics.mean_average_precision(
        similarities, *people, where=where, trapezoid=True
    )
    matching = metrics.cumulative_matching(similarities, *people, where=where)
    assert_close(found, {"mAP": 100 * precision, "CMC-1": 100 * matching[0]})


def ratio(train_, test):
    return {"ratio": float(train_.features.mean() / test.features.mean())}


def test_features_gets_the_predictions_of_each_split(network, outputs):
    evaluation = Features(ratio, {"ratio": Metric(str)})
    assert_close(
        evaluation(network, Splits()), ratio(outputs["train"], outputs["test"])
    )


def test_a_metric_has_one_number_an_example():
    assert Metric(str, scale=100).number(np.array([True, False])) == 50
    assert Metric(str).number(np.full(3, 0.1, np.float32)) == pytest.approx(0.1)
