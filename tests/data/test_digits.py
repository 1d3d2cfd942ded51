"""The digits are prepared when they are first read, offline and once."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from adrjax import data
from adrjax.data.builders._digits import Digits


@pytest.mark.parametrize(
    "split, n, fewest, most", [("train", 1497, 146, 154), ("test", 300, 25, 33)]
)
def test_digits_have_every_sixth_image_for_test(digits_dir, split, n, fewest, most):
    images, labels = data.digits().read(split, digits_dir)
    assert images.shape == (n, 8, 8, 1)
    counts = np.bincount(labels, minlength=10)
    assert counts.min() == fewest and counts.max() == most

    sixth = np.arange(1797) % 6 == 0
    rows = load_digits().images[sixth == (split == "test")]
    expected = np.rint(rows / 16 * 255).reshape(n, -1)
    np.testing.assert_array_equal(
        np.unique(images.reshape(n, -1), axis=0), np.unique(expected, axis=0)
    )


def test_digits_keep_their_labels(digits_dir):
    digits = load_digits()
    label_of = {
        np.rint(image / 16 * 255).astype(np.uint8).tobytes(): label
        for image, label in zip(digits.images, digits.target, strict=True)
    }
    images, labels = data.digits().read("test", digits_dir)
    assert [label_of[image.tobytes()] for image in images] == labels.tolist()


def test_digits_are_prepared_once(digits_dir):
    before = {f: f.stat().st_mtime_ns for f in digits_dir.rglob("*")}
    data.digits().read("test", digits_dir)
    assert before == {f: f.stat().st_mtime_ns for f in digits_dir.rglob("*")}


def test_prepare_is_silent(tmp_path, capfd):
    data.digits().prepare(tmp_path)
    out, err = capfd.readouterr()
    assert out == "" and "Generating" not in err


def test_two_processes_may_prepare_at_once(tmp_path, monkeypatch):
    generate = Digits._split_generators
    rival = []

    def overtaken(self, dl_manager):
        if not rival:
            rival.append(self)
            data.digits().prepare(tmp_path)
        return generate(self, dl_manager)

    monkeypatch.setattr(Digits, "_split_generators", overtaken)
    assert len(data.digits().read("test", tmp_path).labels) == 300
    assert [f.name for f in (tmp_path / "digits").iterdir()] == ["1.0.0"]


def test_a_failure_to_prepare_raises(tmp_path):
    (tmp_path / "digits").write_text("a file in the way")
    with pytest.raises(OSError, match="digits"):
        data.digits().read("test", tmp_path)
