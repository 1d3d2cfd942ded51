"""Images decoded when a batch needs them: the same batches as from memory."""

import dataclasses
import io
import itertools
import os
import pathlib
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
import pytest
import tensorflow_datasets as tfds

from adrjax import data
from adrjax.data._decode import decode_crop

DIGITS = data.digits()
WORKERS = pytest.mark.parametrize(
    "num_workers", [0, pytest.param(2, marks=pytest.mark.long)]
)
SIZES = [(40, 60), (90, 50), (64, 64), (200, 333)] * 3
FLOWERS = data.oxford_flowers102()


def train(split, n, **kwargs):
    kwargs = {"batch_size": 16, "seed": 3} | kwargs
    return [*itertools.islice(data.train_batches(split, **kwargs), n)]


def assert_same(batches, expected):
    for batch, other in zip(batches, expected, strict=True):
        for part, whole in zip(batch, other, strict=True):
            assert part.shape == whole.shape and part.dtype == whole.dtype
            np.testing.assert_array_equal(part, whole)


def photo(i, width, height):
    pixels = np.random.default_rng(i).integers(0, 256, (height // 8, width // 8, 3))
    image = Image.fromarray(pixels.astype(np.uint8)).resize((width, height))
    image.save(file := io.BytesIO(), "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture(scope="module")
def flowers_dir(tmp_path_factory):
    with tfds.core.registered.skip_registration():

        class Flowers(tfds.builder_cls("oxford_flowers102")):
            def _split_generators(self, dl_manager):
                return {"train": self._generate_examples()}

            def _generate_examples(self):
                for i, size in enumerate(SIZES):
                    image = io.BytesIO(photo(i, *size))
                    yield i, {"image": image, "label": i, "file_name": f"{i}.jpg"}

    Flowers.name = "oxford_flowers102"
    folder = tmp_path_factory.mktemp("flowers")
    Flowers(data_dir=folder, file_format="array_record").download_and_prepare()
    return folder


@WORKERS
@pytest.mark.parametrize("first_step", [0, 90])  # of 93 an epoch
def test_train_batches_of_a_stream_are_those_from_memory(
    digits_dir, num_workers, first_step
):
    streamed = DIGITS.stream("train", digits_dir, num_workers=num_workers)
    resident = DIGITS.read("train", digits_dir)
    got = train(streamed, 6, first_step=first_step)
    assert_same(got, train(resident, 6, first_step=first_step))


@WORKERS
def test_eval_batches_of_a_stream_are_those_from_memory(digits_dir, num_workers):
    streamed = DIGITS.stream("test", digits_dir, num_workers=num_workers)
    got = [*data.eval_batches(streamed, batch_size=128)]
    expected = [*data.eval_batches(DIGITS.read("test", digits_dir), batch_size=128)]
    assert [real for _, real in got] == [128, 128, 44]
    assert_same([batch for batch, _ in got], [batch for batch, _ in expected])


@WORKERS
def test_random_crops_resume_and_do_not_depend_on_the_devices(flowers_dir, num_workers):
    crop = data.RandomResizedCrop(24)
    split = FLOWERS.stream("train", flowers_dir, crop=crop, num_workers=num_workers)
    whole = train(split, 5, batch_size=8)
    assert_same(train(split, 3, batch_size=8, first_step=2), whole[2:])
    on_two = train(split, 5, batch_size=8, devices=2)
    for few, every in zip(on_two, whole, strict=True):
        np.testing.assert_array_equal(
            few.images.reshape(8, 24, 24, 3), every.images.reshape(8, 24, 24, 3)
        )


def test_random_crops_differ_from_step_to_step(flowers_dir):
    split = FLOWERS.stream("train[:1]", flowers_dir, crop=data.RandomResizedCrop(24))
    first, second = train(split, 2, batch_size=1, devices=1)
    assert (first.images != second.images).any()


def test_processes_read_their_own_part_of_each_batch(digits_dir, monkeypatch):
    split = DIGITS.stream("train", digits_dir)
    whole = train(split, 3)
    read, parts = [], []
    plain = data.Examples.__getitems__

    def recorded(self, rows):
        for examples, seen in read:
            if examples is self:
                seen.update(rows)
        return plain(self, rows)

    monkeypatch.setattr(data.Examples, "__getitems__", recorded)
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    for process in (0, 1):
        part = DIGITS.stream("train", digits_dir)
        read.append((part.images.examples, set()))
        monkeypatch.setattr(jax, "process_index", lambda process=process: process)
        parts.append(train(part, 3, devices=4))
    (_, first), (_, second) = read
    assert len(first) >= 24 and not first & second
    monkeypatch.undo()
    both = [
        data.Batch(*map(np.concatenate, zip(*halves, strict=True)))
        for halves in zip(*parts, strict=True)
    ]
    assert_same(both, whole)


def test_pmap_copies_no_decoded_batch(digits_dir):
    def step(total, batch):
        return total + jax.lax.psum(batch.labels.sum(), "batch")

    step = jax.pmap(step, axis_name="batch", in_axes=(None, 0), out_axes=None)
    first, second = train(DIGITS.stream("train", digits_dir), 2)
    total = step(step(np.int32(0), first), first)
    with jax.transfer_guard("disallow"):
        total = step(total, second)
    assert total == 2 * first.labels.sum() + second.labels.sum()


def test_held_out_parts_and_noisy_labels_can_be_streamed(digits_dir):
    resident = DIGITS.read("train", digits_dir)
    streamed = DIGITS.stream("train", digits_dir)
    parts = data.hold_out(jax.random.key(0), streamed, 300)
    expected = data.hold_out(jax.random.key(0), resident, 300)
    for part, same in zip(parts, expected, strict=True):
        noisy = part._replace(labels=jnp.asarray(9 - part.labels))
        other = same._replace(labels=9 - same.labels)
        assert part.images.shape == same.images.shape
        assert_same(train(noisy, 2), train(other, 2))


def test_some_classes_can_be_streamed(digits_dir):
    subset = data.only_classes(DIGITS, [7, 2])
    streamed = subset.stream("train", digits_dir)
    assert set(streamed.labels) == {0, 1} and streamed.labels.dtype == np.int32
    assert_same(train(streamed, 2), train(subset.read("train", digits_dir), 2))


def test_center_crop_is_close_to_that_of_the_decoded_image(flowers_dir):
    split = FLOWERS.stream("train", flowers_dir, crop=data.CenterCrop(20))
    batches = data.eval_batches(split, batch_size=6, devices=1)
    images = np.concatenate([batch.images[0] for batch, _ in batches])
    examples = FLOWERS.examples("train", flowers_dir)
    for image, example in zip(images, examples, strict=True):
        whole = Image.open(io.BytesIO(example["image"]))
        side = 0.875 * min(whole.size)
        left, top = (whole.width - side) / 2, (whole.height - side) / 2
        box = (left, top, left + side, top + side)
        expected = whole.resize((20, 20), Image.Resampling.BILINEAR, box)
        difference = np.abs(image.astype(int) - np.asarray(expected).astype(int))
        assert difference.mean() < 2  # a large one is decoded at a quarter of its size


@pytest.mark.parametrize("width, height", [(500, 375), (40, 300), (300, 40), (1, 1)])
def test_random_resized_crop_boxes_are_inside_and_within_the_ranges(width, height):
    rng = np.random.default_rng(0)
    crop = data.RandomResizedCrop(8, scale=(0.2, 0.9))
    boxes = np.array([crop.box(width, height, rng) for _ in range(500)])
    sides = boxes[:, 2:] - boxes[:, :2]
    assert (boxes > -1e-9).all() and (
        boxes[:, 2:] < (width + 1e-9, height + 1e-9)
    ).all()
    ratios = sides[:, 0] / sides[:, 1]
    assert ratios.min() > 0.75 - 1e-9 and ratios.max() < 4 / 3 + 1e-9
    areas = sides.prod(1) / (width * height)
    assert areas.max() < 0.9 + 1e-9
    if width == 500:
        assert 0.2 < areas.min() < 0.22 and areas.max() > 0.85 and ratios.max() > 1.3


def squashed(image, of):
    size = (of, of)
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR)).astype(int)


@pytest.mark.parametrize("width, height", [(40, 60), (90, 50), (64, 64)])
def test_squash_is_the_whole_image_scaled_to_a_square(width, height):
    encoded, rng = photo(0, width, height), np.random.default_rng(0)
    whole = squashed(Image.open(io.BytesIO(encoded)), 30)
    image = decode_crop(encoded, 3, data.Squash(30), rng)
    assert abs(image - whole).max() <= 1
    middle = decode_crop(encoded, 3, data.Squash(24, of=30), rng)
    assert abs(middle - whole[3:27, 3:27]).max() <= 1
    middle = decode_crop(encoded, 3, data.Squash(23, of=30), rng)
    assert abs(middle - whole[4:27, 4:27]).max() <= 1  # as torchvision's CenterCrop


def test_squash_random_crop_is_a_random_part_of_the_squashed_image():
    encoded, rng = photo(1, 90, 50), np.random.default_rng(0)
    whole = squashed(Image.open(io.BytesIO(encoded)), 30)
    crop, places = data.SquashRandomCrop(28, of=30), set()
    for seed in range(50):
        image = decode_crop(encoded, 3, crop, np.random.default_rng(seed))
        box = crop.box(30, 30, np.random.default_rng(seed))
        left, top, right, bottom = map(round, box)
        assert (right - left, bottom - top) == (28, 28)
        assert abs(image - whole[top:bottom, left:right]).max() <= 1
        places.add((left, top))
    assert places == {(x, y) for x in range(3) for y in range(3)}
    same = decode_crop(encoded, 3, data.SquashRandomCrop(30, of=30), rng)
    np.testing.assert_array_equal(same, decode_crop(encoded, 3, data.Squash(30), rng))


def test_squash_of_a_large_photo_is_close_to_that_of_the_decoded_image():
    encoded, rng = photo(2, 640, 320), np.random.default_rng(0)
    image = decode_crop(encoded, 3, data.Squash(24, of=30), rng)
    whole = squashed(Image.open(io.BytesIO(encoded)), 30)
    assert abs(image - whole[3:27, 3:27]).mean() < 2


def test_squash_random_crop_is_streamed(flowers_dir):
    crop = data.SquashRandomCrop(24, of=30)
    split = FLOWERS.stream("train", flowers_dir, crop=crop)
    assert split.images.shape == (12, 24, 24, 3)
    whole = train(split, 3, batch_size=8)
    assert_same(train(split, 2, batch_size=8, first_step=1), whole[1:])


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (lambda: data.Squash(0), ValueError, "size must be at least 1, got 0"),
        (lambda: data.Squash(8, of=7), ValueError, "of must be at least 8, got 7"),
        (lambda: data.SquashRandomCrop(8, of=7), ValueError, "of must be at least 8"),
        (lambda: data.SquashRandomCrop(8, of=9.0), TypeError, "of must be an integer"),
        (lambda: data.CenterCrop(0), ValueError, "size must be at least 1, got 0"),
        (lambda: data.CenterCrop(2.0), TypeError, "size must be"),
        (
            lambda: data.CenterCrop(8, 0),
            ValueError,
            r"share must be in \(0, 1\], got 0",
        ),
        (lambda: data.CenterCrop(8, 1.1), ValueError, r"share must be in \(0, 1\]"),
        (lambda: data.CenterCrop(8, np.nan), ValueError, r"share must be in \(0, 1\]"),
        (lambda: data.RandomResizedCrop(-1), ValueError, "size must be at least 1"),
        (
            lambda: data.RandomResizedCrop(8, (0, 1)),
            ValueError,
            "scale must be a least",
        ),
        (
            lambda: data.RandomResizedCrop(8, (0.5,)),
            ValueError,
            "scale must be a least",
        ),
        (
            lambda: data.RandomResizedCrop(8, ratio=(1, np.inf)),
            ValueError,
            r"ratio must be a least and a largest .*, got \(1, inf\)",
        ),
    ],
)
def test_crops_check_their_options(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_crops_take_lists_and_numpy_numbers(flowers_dir):
    crop = data.RandomResizedCrop(np.int64(24), [np.float32(0.5), 1], [1, 1])
    (batch,) = train(FLOWERS.stream("train", flowers_dir, crop=crop), 1, batch_size=8)
    assert batch.images.shape[2:] == (24, 24, 3)


@pytest.mark.parametrize("wrong", [-1, 0.5, None])
def test_stream_checks_num_workers(digits_dir, wrong):
    with pytest.raises((ValueError, TypeError), match="num_workers must be"):
        DIGITS.stream("test", digits_dir, num_workers=wrong)


@WORKERS
def test_a_stream_names_an_image_of_another_shape(flowers_dir, num_workers):
    split = FLOWERS.stream("train", flowers_dir, num_workers=num_workers)
    wrong = dataclasses.replace(split.images, image_shape=(60, 40, 3))
    with pytest.raises(ValueError, match=r"image of oxford_flowers102 at train\["):
        train(split._replace(images=wrong), 1, batch_size=8)


def test_a_stream_names_a_truncated_image(digits_dir, monkeypatch):
    plain = data.Examples._labelled

    def half(self, example):
        example = plain(self, example)
        return example | {"image": example["image"][:60]}

    monkeypatch.setattr(data.Examples, "_labelled", half)
    split = DIGITS.stream("train[5:40]", digits_dir)
    with pytest.raises(ValueError, match=r"image of digits at train\[5:40\]\[\d+"):
        train(split, 1)


def test_stream_refuses_a_label_out_of_range(digits_dir):
    fewer = dataclasses.replace(DIGITS, num_classes=5)
    with pytest.raises(
        ValueError, match=r"labels of digits must lie in 0\.\.4, got \d"
    ):
        fewer.stream("train", digits_dir)


def test_train_batches_of_a_stream_check_the_batch_size(digits_dir):
    split = DIGITS.stream("test", digits_dir)
    with pytest.raises(ValueError, match=r"1\.\.300 images of the split, got 304"):
        data.train_batches(split, batch_size=304, seed=0)


def test_stream_refuses_a_data_set_without_classes(digits_dir):
    unlabelled = dataclasses.replace(DIGITS, num_classes=0)
    with pytest.raises(
        ValueError, match=r"has no classes, so it cannot be read as a Split"
    ):
        unlabelled.stream("train", digits_dir)


@pytest.mark.long
def test_a_script_ends_quietly_with_batches_of_workers_in_hand(digits_dir, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from adrjax import data\n\n"
        "if __name__ == '__main__':\n"
        "    split = data.digits().stream('train', sys.argv[1], num_workers=2)\n"
        "    batches = data.train_batches(split, batch_size=16, seed=0)\n"
        "    held = [next(batches) for _ in range(5)]\n"
        "    print(len(held))\n"
    )
    root = pathlib.Path(data.__file__).parents[2]
    run = subprocess.run(
        [sys.executable, script, digits_dir],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(root), "XLA_FLAGS": ""},
    )
    assert run.stdout == "5\n" and not run.stderr and not run.returncode
