"""FER2013 from Kaggle's csv."""

import numpy as np
import pytest

from adrjax import data
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
def test_fer2013_reads_each_usage_as_a_split(files, tmp_path, split, rows):
    data.fer2013().prepare(tmp_path, files)
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
        (
            "emotion,pixels",
            "label,pixels",
            r"must have the columns emotion.*got \['label'",
        ),
        ("\n6,", "\n7,", r"line 3, must have an emotion in 0\.\.6, got 7"),
        ("\n3,", "\n3,300 ", "line 4, is not a face of 48 x 48"),
        ("PublicTest", "Public", "line 4, must have a Usage of .* got 'Public'"),
    ],
)
def test_fer2013_names_a_wrong_line_and_can_be_prepared_again(
    files, tmp_path, old, new, message
):
    file = files / "fer2013.csv"
    text = file.read_text()
    file.write_text(text.replace(old, new, 1))
    refused(data.fer2013(), files, tmp_path, ValueError, rf"fer2013\.csv.*{message}")
    file.write_text(text)
    data.fer2013().prepare(tmp_path, files)
    assert len(data.fer2013().read("train", tmp_path).labels) == 2


def test_fer2013_names_the_last_line_of_a_truncated_file(files, tmp_path):
    text = (files / "fer2013.csv").read_text()
    (files / "fer2013.csv").write_text(text[:-5000])
    refused(data.fer2013(), files, tmp_path, ValueError, r"fer2013\.csv, line 6")
