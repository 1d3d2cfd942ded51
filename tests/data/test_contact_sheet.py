"""Contact sheets show the right image above the right label."""

import numpy as np
from PIL import Image
import pytest

from adrjax import data
from adrjax.data import _contact_sheet
from adrjax.data._contact_sheet import LINE, SIDE, contact_sheet
from tests.data.builders import test_ntu_rgbd, test_segmentation
from tests.data.conftest import images_of

bsds = test_segmentation.bsds
files = test_ntu_rgbd.files


@pytest.fixture
def texts(monkeypatch):
    """The texts that are drawn, in order."""
    seen = []
    text = _contact_sheet._text

    def recorded(example, names):
        seen.append(text(example, names))
        return seen[-1]

    monkeypatch.setattr(_contact_sheet, "_text", recorded)
    return seen


def cells(file, n):
    sheet = np.asarray(Image.open(file))
    columns = sheet.shape[1] // (SIDE + 8)
    for i in range(n):
        y, x = i // columns * (SIDE + LINE + 8) + 4, i % columns * (SIDE + 8) + 4
        yield (
            sheet[y : y + SIDE, x : x + SIDE],
            sheet[y + SIDE : y + SIDE + LINE, x : x + SIDE],
        )


def test_contact_sheet_draws_each_image_above_its_label(cifar10_dir, tmp_path, texts):
    contact_sheet(data.cifar10(), "train", tmp_path / "a.png", cifar10_dir)
    centers = ((np.arange(32) + 0.5) * SIDE / 32).astype(int)
    names = data.cifar10().class_names(cifar10_dir)
    drawn = zip(texts, cells(tmp_path / "a.png", 8), strict=True)
    for text, (picture, line) in drawn:
        label = names.index(text)
        expected = images_of("train")[label - 2]
        np.testing.assert_array_equal(picture[centers][:, centers], expected)
        assert line.min() < 128
    assert len({*texts}) == 8


def test_contact_sheet_draws_n_evenly_spaced_examples(digits_dir, tmp_path, texts):
    labels = data.digits().read("test", digits_dir).labels
    contact_sheet(data.digits(), "test", tmp_path / "a.png", digits_dir, n=3)
    assert texts == [str(labels[i]) for i in (0, 149, 299)]


def test_contact_sheet_checks_n(digits_dir, tmp_path):
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        contact_sheet(data.digits(), "test", tmp_path / "a.png", digits_dir, n=0)


def test_contact_sheet_draws_borders_of_segments_in_red(bsds, tmp_path, texts):
    data.bsds500().prepare(tmp_path, bsds)
    contact_sheet(data.bsds500(), "validation", tmp_path / "a.png", tmp_path)
    assert sorted(texts) == ["42012", "8023"]
    for picture, _ in cells(tmp_path / "a.png", 2):
        red = (picture == [255, 0, 0]).all(-1)
        white = (picture == 255).all(-1)
        assert red.sum() > 0.5 * (~white).sum()


def test_contact_sheet_draws_the_middle_frame_of_a_clip(files, tmp_path, texts):
    data.ntu_rgbd().prepare(tmp_path, files)
    contact_sheet(data.ntu_rgbd(), "train", tmp_path / "a.png", tmp_path)
    assert sorted(texts) == ["A001", "A003", "A060"]
    pictures = [p for p, _ in cells(tmp_path / "a.png", 3)]
    middle = test_ntu_rgbd.depth(42)[0]
    grey = (middle / middle.max() * 255).astype(np.uint8)
    picture = pictures[texts.index("A003")][..., 0][: round(5 * SIDE / 7)]
    assert {*np.unique(picture)} == {*np.unique(grey)}
