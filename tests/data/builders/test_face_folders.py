"""Faces in a folder a person, in miniature: CASIA-WebFace and FaceScrub."""

import pytest

from adrjax.data import builders
from tests.data.builders.faces import encoded, examples, is_clean, written

SETS = {
    "CASIA-WebFace": (builders.CasiaWebfaceFolder, ["0000045", "0000099", "0000100"]),
    "facescrub": (builders.Facescrub, ["Adam Sandler", "Ben Kingsley", "Zoe Saldana"]),
}


@pytest.fixture(params=SETS)
def tree(request, tmp_path):
    """The builder, its folder, and where it is prepared."""
    builder, people = SETS[request.param]
    folder = tmp_path / "manual" / request.param
    for label, person in enumerate(people):
        for i in range(11):
            written(folder / person / f"{i:03}.jpg", 20 * label + i, (4 + i, 5))
    return builder, folder, tmp_path / "data"


def prepare(tree):
    builder, folder, data_dir = tree
    builders.prepare(builder, data_dir, folder.parent)
    return builder.name, data_dir


def shown(name, split, data_dir):
    return [(e["label"], e["image"]) for e in examples(name, split, data_dir)]


def expected(places):
    return [(y, encoded(20 * y + i, (4 + i, 5))) for y in range(3) for i in places]


def test_casia_webface_is_for_training(tmp_path):
    folder = tmp_path / "manual" / "CASIA-WebFace"
    for person in ("1", "2"):
        for i in range(2):
            written(folder / person / f"{i}.jpg", i)
    name, data_dir = prepare((builders.CasiaWebfaceFolder, folder, tmp_path))
    assert [y for y, _ in shown(name, "train", data_dir)] == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="test"):
        shown(name, "test", data_dir)


@pytest.mark.parametrize("tree", ["facescrub"], indirect=True)
def test_every_fifth_face_of_facescrub_is_for_test(tree):
    name, data_dir = prepare(tree)
    assert shown(name, "test", data_dir) == expected([0, 5, 10])
    others = [i for i in range(11) if i % 5]
    assert shown(name, "train", data_dir) == expected(others)


def test_classes_have_the_names_of_the_people(tree):
    import tensorflow_datasets as tfds

    _, folder, _ = tree
    name, data_dir = prepare(tree)
    info = tfds.builder_from_directory(data_dir / name / "1.0.0").info
    assert info.features["label"].names == SETS[folder.name][1]


def test_a_corrupt_face_leaves_nothing_and_a_rerun_works(tree):
    builder, folder, data_dir = tree
    path = folder / SETS[folder.name][1][1] / "006.jpg"
    content = path.read_bytes()
    path.write_bytes(content[:40])
    with pytest.raises(ValueError, match=r"006\.jpg is no image"):
        prepare(tree)
    assert is_clean(data_dir, builder.name)
    path.write_bytes(content)
    prepare(tree)


def test_a_person_without_faces_is_refused(tree):
    _, folder, _ = tree
    (folder / "Nobody").mkdir()
    with pytest.raises(ValueError, match="Nobody must hold at least two images"):
        prepare(tree)


def test_a_stray_file_is_named(tree):
    _, folder, _ = tree
    (folder / "readme.txt").write_text("")
    with pytest.raises(ValueError, match=r"readme\.txt must be the folder of a person"):
        prepare(tree)


def test_no_person_is_refused(tree):
    builder, folder, data_dir = tree
    (data_dir / "manual" / folder.name).mkdir(parents=True)
    with pytest.raises(ValueError, match=f"{folder.name} holds no folder of a person"):
        builders.prepare(builder, data_dir, data_dir / "manual")


def test_a_missing_folder_is_named(tree):
    _, folder, _ = tree
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match=f"{folder.name} is not there"):
        prepare(tree)
