"""CASIA-WebFace as insightface's RecordIO, in miniature: three people, five faces."""

import pytest

from adrjax import data
from tests.data.builders.faces import encoded, examples, is_clean
from tests.data.builders.test_recordio import content, record

LABELS = [0, 0, 1, 10571, 10571]


def face(i):
    return encoded(i, (112, 112), "jpeg")


def rec(images, people=True):
    """Record 0, the images, and a record of each person saying which are theirs."""
    n = len(images)
    contents = list(images)
    if people:
        contents.insert(0, content(b"", labels=(n + 1, n + 4)))
        contents += [content(b"", labels=span) for span in ((1, 3), (3, 4), (4, 6))]
    return [record(c) for c in contents]


def images():
    return [content(face(i), label) for i, label in enumerate(LABELS)]


def write(folder, records, text="10572,112,112"):
    folder.mkdir(exist_ok=True)
    (folder / "train.rec").write_bytes(b"".join(records))
    lines, place = [], 0
    for key, written in enumerate(records):
        lines.append(f"{key}\t{place}\n")
        place += len(written)
    (folder / "train.idx").write_text("".join(lines))
    (folder / "property").write_text(text)


@pytest.fixture
def manual_dir(tmp_path):
    write(tmp_path / "manual", rec(images()))
    return tmp_path / "manual"


def prepare(manual_dir):
    data_dir = manual_dir.parent / "data"
    data.casia_webface().prepare(data_dir, manual_dir)
    return examples("casia_webface", "train", data_dir)


def test_casia_webface_reads_faces_in_the_order_of_the_file(manual_dir):
    found = prepare(manual_dir)
    assert [e["label"] for e in found] == LABELS
    assert [e["image"] for e in found] == [face(i) for i in range(5)]


def test_casia_webface_reads_a_file_of_images_only(manual_dir):
    write(manual_dir, rec(images(), people=False))
    assert [e["label"] for e in prepare(manual_dir)] == LABELS


def test_casia_webface_reads_the_first_of_several_labels(manual_dir):
    several = [content(face(i), labels=(y, 9)) for i, y in enumerate(LABELS)]
    write(manual_dir, rec(several))
    assert [e["label"] for e in prepare(manual_dir)] == LABELS


def test_casia_webface_keeps_the_order_over_several_files(manual_dir, monkeypatch):
    from adrjax.data.builders import _shards

    monkeypatch.setattr(_shards, "SIZE", 2)
    found = prepare(manual_dir)
    assert [e["image"] for e in found] == [face(i) for i in range(5)]
    folder = manual_dir.parent / "data" / "casia_webface"
    assert len([*folder.rglob("*.array_record-*")]) == 3


def test_casia_webface_reads_as_arrays(manual_dir):
    prepare(manual_dir)
    split = data.casia_webface().read("train", manual_dir.parent / "data")
    assert split.images.shape == (5, 112, 112, 3) and split.labels.tolist() == LABELS


@pytest.mark.parametrize("label", [10572, -1, 0.5])
def test_casia_webface_names_a_label_out_of_range(manual_dir, label):
    write(manual_dir, rec([*images()[:4], content(face(4), label)]))
    with pytest.raises(
        ValueError, match=rf"train\.rec, .* label in 0\.\.10571, got {label}"
    ):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "casia_webface")


def test_casia_webface_refuses_the_files_of_another_set(manual_dir):
    write(manual_dir, rec(images()), "85742,112,112")
    with pytest.raises(ValueError, match=r"property must be 10572,112,112 .*'85742,"):
        prepare(manual_dir)


@pytest.mark.parametrize("name", ["train.rec", "train.idx", "property"])
def test_casia_webface_names_a_missing_file(manual_dir, name):
    (manual_dir / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"{name} is missing"):
        prepare(manual_dir)


def test_casia_webface_can_be_prepared_again_after_a_truncated_file(manual_dir):
    whole = (manual_dir / "train.rec").read_bytes()
    (manual_dir / "train.rec").write_bytes(whole[:1500])
    with pytest.raises(ValueError, match=r"train\.rec, at byte \d+, "):
        prepare(manual_dir)
    assert is_clean(manual_dir.parent / "data", "casia_webface")
    (manual_dir / "train.rec").write_bytes(whole)
    assert len(prepare(manual_dir)) == 5


def test_casia_webface_names_a_truncated_image(manual_dir):
    corrupt = images()
    corrupt[2] = content(face(2)[:300], 1)
    write(manual_dir, rec(corrupt))
    with pytest.raises(
        ValueError, match=r"train\.rec, at byte \d+, is not a readable image"
    ):
        prepare(manual_dir)


@pytest.mark.parametrize(
    "lines, message",
    [
        ("", r"must have the key 0, got 0 others"),
        ("1\t5\n", r"must have the key 0, got 1 others"),
        ("0\t0\n1\t40\n", r"must have a key for each of 5 images, has none for 2"),
    ],
)
def test_casia_webface_refuses_an_index_that_does_not_fit(manual_dir, lines, message):
    (manual_dir / "train.idx").write_text(lines)
    with pytest.raises(ValueError, match=rf"train\.idx {message}"):
        prepare(manual_dir)
