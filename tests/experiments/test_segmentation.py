"""Unsupervised segmentation, on small synthetic images."""

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
import pytest

from adrjax import train
from adrjax.train import NonFiniteLossError
from experiments import segmentation
from experiments.adr import figure8
from experiments.harness import main
from experiments.segmentation import (
    Method,
    Panel,
    Superpixels,
    ce,
    ce_adr,
    ce_continuity,
    ce_gsc,
    draw,
    ious,
    majority,
    mean_iou,
    segment,
    segmented,
    superpixels_of,
)

HALVES = np.zeros((16, 16, 3), np.uint8)
HALVES[:, :8], HALVES[:, 8:] = (20, 90, 160), (200, 80, 30)
FOUR = Method(ce, superpixels=Superpixels(4, compactness=1.0))  # two a half


def gsc_of_labels(logits, targets, *, gamma=0.0):
    return ce(logits, targets) + gamma * logits.sum()


def not_a_number(logits, targets):
    return jnp.nan * ce(logits, targets)


@pytest.fixture(scope="module")
def halves():
    """The segmentation of the two halves."""
    return segment(HALVES, FOUR, steps=100, min_labels=2)


@pytest.fixture
def calls(monkeypatch):
    """The calls of `segment`, which returns a constant."""
    found = []

    def constant(image, method, **settings):
        found.append((image, method, settings))
        labels = np.full(image.shape[:2], len(found), np.int32)
        return segmentation.Segmentation(labels, np.ones(1), np.ones(1, int))

    monkeypatch.setattr(segmentation, "segment", constant)
    return found


def test_segment_finds_two_flat_halves(halves):
    left, right = halves.labels[:, :8], halves.labels[:, 8:]
    assert np.unique(left).size == np.unique(right).size == 1
    assert left[0, 0] != right[0, 0]


def test_segment_stops_at_min_labels_and_keeps_the_curve(halves):
    assert halves.num_labels[-1] == 2 < min(halves.num_labels[:-1])
    assert halves.loss.shape == halves.num_labels.shape
    assert len(halves.loss) < 100
    short = segment(HALVES, FOUR, steps=3, min_labels=2)
    np.testing.assert_array_equal(short.num_labels, halves.num_labels[:3])
    np.testing.assert_array_equal(short.loss, halves.loss[:3])


@pytest.mark.long
@pytest.mark.parametrize("method", figure8.methods(superpixels=64).values())
def test_each_method_separates_the_halves_away_from_the_border(method):
    labels = segment(HALVES, method, steps=60).labels[3:-3, 3:-3]
    assert not np.isin(labels[:, :4], labels[:, -4:]).any()


def test_majority_is_the_most_frequent_label_of_each_superpixel():
    labels = jnp.array([[3, 3, 1, 2], [0, 3, 1, 2], [0, 0, 2, 1]])
    superpixels = np.array([[0, 0, 2, 2], [0, 0, 2, 2], [4, 4, 2, 2]])
    found = majority(labels, superpixels, num_labels=5, num_superpixels=8)
    expected = [[3, 3, 1, 1], [3, 3, 1, 1], [0, 0, 1, 1]]  # 1 ties with 2
    np.testing.assert_array_equal(found, expected)


def test_superpixels_are_numbered_from_zero_and_follow_the_edge():
    found = superpixels_of(HALVES, Superpixels(16, compactness=1.0))
    numbers = np.unique(found)
    np.testing.assert_array_equal(numbers, np.arange(len(numbers)))
    assert not np.isin(found[:, :8], found[:, 8:]).any()


def test_the_losses_are_their_equations():
    z = np.random.default_rng(0).normal(size=(3, 4, 10)).astype(np.float32)
    y = z.argmax(-1)
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    base = -np.log(p.max(-1)).mean()
    steps = [np.abs(np.diff(z, axis=axis)).mean() for axis in (0, 1)]
    h = -(p * np.log(p)).sum(-1) / np.log(10)
    squares = np.sort(p**2)[..., -3:].sum(-1)
    divisor = (np.sqrt(2 * np.pi) * h) ** 3
    gsc = np.exp(-squares / (2 * h**2)) / divisor
    adr = np.exp(-squares / (2 * h)) / divisor
    found = jax.jit(
        lambda z: [
            ce(z, y),
            ce_continuity(z, y, weight=0.5),
            ce_gsc(z, y, gamma=0.1, top_c=3),
            ce_adr(z, y, gamma=0.1, tau=3),
        ]
    )(z)
    added = np.array([0, 0.5 * sum(steps), 0.1 * gsc.mean(), 0.1 * adr.mean()])
    np.testing.assert_allclose(found, base + added, rtol=1e-5)


def test_segmented_computes_once(calls, tmp_path):
    results = [segmented(tmp_path, HALVES, FOUR, seed=s, steps=5) for s in (0, 0, 1)]
    assert [settings["seed"] for _, _, settings in calls] == [0, 1]
    assert [result.labels[0, 0] for result in results] == [1, 1, 2]
    for first, second in zip(*results[:2], strict=True):
        np.testing.assert_array_equal(first, second)
        assert first.dtype == second.dtype


def test_segmented_resumes_after_a_kill_while_it_writes(calls, tmp_path):
    segmented(tmp_path, HALVES, FOUR)
    (path,) = tmp_path.iterdir()
    path.rename(path.with_name(f"{path.name}.tmp"))
    segmented(tmp_path, HALVES, FOUR)
    assert len(calls) == 2
    assert [x.name for x in tmp_path.iterdir()] == [path.name]


def test_segmented_stores_each_setting_in_its_own_file(calls, tmp_path):
    other = HALVES.copy()
    other[0, 0, 0] += 1
    gsc = {"gamma": 0.1, "top_c": 7}
    variants = [
        (HALVES, FOUR, {}),
        (other, FOUR, {}),
        (HALVES.reshape(8, 32, 3), FOUR, {}),
        (HALVES, FOUR, {"seed": 1}),
        (HALVES, FOUR, {"steps": 1}),
        (HALVES, FOUR, {"min_labels": 2}),
        (HALVES, Method(ce), {}),
        (HALVES, Method(ce, superpixels=Superpixels(3, compactness=1.0)), {}),
        (HALVES, Method(ce_gsc, gsc), {}),
        (HALVES, Method(ce_gsc, gsc | {"gamma": 0.2}), {}),
        (HALVES, Method(ce_gsc, gsc | {"top_c": 9}), {}),
        (HALVES, Method(gsc_of_labels), {}),
    ]
    for image, method, settings in variants:
        segmented(tmp_path, image, method, **settings)
    assert len(calls) == len(list(tmp_path.iterdir())) == len(variants)
    segmented(tmp_path, HALVES.copy(), Method(ce_gsc, dict(gsc)))
    assert len(calls) == len(variants)


def test_segmented_refuses_the_result_of_an_edited_loss(calls, tmp_path):
    method = Method(gsc_of_labels, {"gamma": 0.0})
    segmented(tmp_path, HALVES, method)

    def edited(logits, targets, *, gamma):
        return 2 * ce(logits, targets)

    edited.__qualname__ = edited.__name__ = "gsc_of_labels"
    segmented(tmp_path, HALVES, Method(edited, {"gamma": 0.0}))
    assert len(calls) == 2


def test_segmented_names_a_damaged_file(calls, tmp_path):
    segmented(tmp_path, HALVES, FOUR)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(train.WorkdirError, match=rf"{path.name} is damaged .* delete"):
        segmented(tmp_path, HALVES, FOUR)


def test_an_anonymous_loss_is_refused():
    with pytest.raises(
        ValueError, match=r"function of a module, got .*<lambda>.*`def`"
    ):
        Method(lambda z, y: ce(z, y))


def test_segment_names_a_wrong_image_and_too_few_steps():
    with pytest.raises(ValueError, match=r"uint8 .*got float32 of shape \(16, 16, 3\)"):
        segment(HALVES.astype(np.float32), FOUR)
    with pytest.raises(ValueError, match=r"got uint8 of shape \(16, 16\)"):
        segment(HALVES[..., 0], FOUR)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        segment(HALVES, FOUR, steps=0)


def test_a_loss_that_is_not_a_number_stops_the_segmentation():
    with pytest.raises(NonFiniteLossError, match="the loss of step 0 is nan"):
        segment(HALVES, Method(not_a_number), steps=2)


def test_ious_match_connected_parts_and_repeat_labels_to_the_size_of_the_truth():
    labels = np.array([[0, 1], [1, 0]])  # four parts
    quarters = np.array([[1, 2], [3, 4]]).repeat(2, 0).repeat(3, 1)
    halves = np.array([[5, 7]]).repeat(4, 0).repeat(3, 1)
    found = ious(labels, [quarters, halves])
    np.testing.assert_allclose(found[0], [1, 1, 1, 1])
    np.testing.assert_allclose(found[1], [0.5, 0.5])
    assert mean_iou(found) == 0.75


def test_draw_writes_a_panel_for_each_image_and_method(tmp_path):
    row = {"image": Panel(HALVES, "a"), "CE": Panel(np.arange(256).reshape(16, 16))}
    draw(tmp_path / "a" / "figure.png", [row, row])
    assert min(Image.open(tmp_path / "a" / "figure.png").size) > 300


def test_the_page_resumes_and_tabulates_each_method(calls, tmp_path):
    images = {"a": figure8.random_photo(), "b": figure8.random_photo()}
    found = figure8.run(tmp_path, images, scale=0.5, steps=2)
    assert len(calls) == len(figure8.methods())  # the photos are equal
    assert calls[0][0].shape == (12, 8, 3)
    assert calls[0][1].superpixels == Superpixels(2500)
    assert {path.name for path in tmp_path.iterdir()} == {
        "figure8.png",
        "segmentations",
        "table.md",
    }
    text = (tmp_path / "table.md").read_text()
    assert text == figure8.table(found)
    for method in figure8.methods():  # one segment covers both halves
        assert f"| {method} | 0.500 | 0.500 | 0.500 | 0.500 |" in text


def test_the_page_names_a_data_set_that_is_not_prepared(tmp_path):
    folders = ["--data-dir", str(tmp_path), "--workdir", str(tmp_path / "runs")]
    with pytest.raises(SystemExit, match="bsds500 is not prepared"):
        main(figure8.PAGE, folders, module=figure8.__name__, doc=figure8.__doc__)
