"""FER2013 from Kaggle's csv."""

import numpy as np
import pytest

from adrjax import data
from adrjax.data import builders
from tests.data.builders.miniature import refused, write

ROWS = [
    (0, "Training"),
    (6, "Training"),
    (3, "PublicTest"),
    (1, "PrivateTest"),
    (2, "PrivateTest"),
]
PIXELS = np.random.default_rng(0).integers(0, 256, (len(ROWS), 48, 48), np.uint8)


@pytest.fixture
def files(tmp_path):
    rows = [
        f"{emotion},{' '.join(map(str, PIXELS[i].ravel()))},{usage}"
        for i, (emotion, usage) in enumerate(ROWS)
    ]
    write(
        tmp_path / "fer/fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows]) + "\n"
    )
    return tmp_path / "fer"


@pytest.mark.parametrize(
    "split, rows", [("train", [0, 1]), ("validation", [2]), ("test", [3, 4])]
)
def test_every_usage_is_a_split(files, tmp_path, split, rows):
    builders.prepare(builders.Fer2013, tmp_path, files)
    images, labels = data.fer2013().read(split, tmp_path)
    order = np.argsort([ROWS[row][0] for row in rows])
    np.testing.assert_array_equal(np.sort(labels), sorted(ROWS[row][0] for row in rows))
    np.testing.assert_array_equal(
        images[np.argsort(labels), ..., 0], PIXELS[rows][order]
    )
    assert data.fer2013().class_names(tmp_path)[3] == "happy"


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("emotion,pixels", "label,pixels", r"columns \['label'.*wanted emotion"),
        ("\n6,", "\n7,", r"line 3, has the emotion 7, wanted 0\.\.6"),
        ("\n3,", "\n3,300 ", "line 4, is no face of 48 x 48"),
        ("PublicTest", "Public", "line 4, has the Usage 'Public'"),
    ],
)
def test_a_wrong_line_is_named(files, tmp_path, old, new, message):
    file = files / "fer2013.csv"
    text = file.read_text()
    file.write_text(text.replace(old, new, 1))
    refused(builders.Fer2013, files, tmp_path, ValueError, rf"fer2013\.csv.*{message}")
    file.write_text(text)
    data.fer2013().prepare(tmp_path, files)
    assert len(data.fer2013().read("train", tmp_path).labels) == 2


def test_a_truncated_file(files, tmp_path):
    text = (files / "fer2013.csv").read_text()
    (files / "fer2013.csv").write_text(text[:-5000])
    refused(builders.Fer2013, files, tmp_path, ValueError, r"fer2013\.csv, line 6")
