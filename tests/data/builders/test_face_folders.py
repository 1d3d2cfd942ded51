"""Faces in a folder a person, in miniature: CASIA-WebFace and FaceScrub."""

import pytest

from adrjax import data
from tests.data.builders.faces import encoded, examples, is_clean, written

SETS = {
    "CASIA-WebFace": (data.casia_webface_folder(), ["0000045", "0000099", "0000100"]),
    "facescrub": (data.facescrub(), ["Adam Sandler", "Ben Kingsley", "Zoe Saldana"]),
}


@pytest.fixture(params=SETS)
def tree(request, tmp_path):
    """The data set, its folder, and where it is prepared."""
    dataset, people = SETS[request.param]
    folder = tmp_path / "manual" / request.param
    for label, person in enumerate(people):
        for i in range(11):
            written(folder / person / f"{i:03}.jpg", 20 * label + i, (4 + i, 5))
    return dataset, folder, tmp_path / "data"


def prepare(tree):
    dataset, folder, data_dir = tree
    dataset.prepare(data_dir, folder.parent)
    return dataset.name, data_dir


def shown(name, split, data_dir):
    return [(e["label"], e["image"]) for e in examples(name, split, data_dir)]


def expected(places):
    return [(y, encoded(20 * y + i, (4 + i, 5))) for y in range(3) for i in places]


def test_casia_webface_folder_has_the_split_train_only(tmp_path):
    folder = tmp_path / "manual" / "CASIA-WebFace"
    for person in ("1", "2"):
        for i in range(2):
            written(folder / person / f"{i}.jpg", i)
    name, data_dir = prepare((data.casia_webface_folder(), folder, tmp_path))
    assert [y for y, _ in shown(name, "train", data_dir)] == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="test"):
        shown(name, "test", data_dir)


@pytest.mark.parametrize("tree", ["facescrub"], indirect=True)
def test_facescrub_has_every_fifth_face_for_test(tree):
    name, data_dir = prepare(tree)
    assert shown(name, "test", data_dir) == expected([0, 5, 10])
    others = [i for i in range(11) if i % 5]
    assert shown(name, "train", data_dir) == expected(others)


def test_face_folders_name_the_classes(tree):
    import tensorflow_datasets as tfds

    _, folder, _ = tree
    name, data_dir = prepare(tree)
    info = tfds.builder_from_directory(data_dir / name / "1.0.0").info
    assert info.features["label"].names == SETS[folder.name][1]


def test_face_folders_can_be_prepared_again_after_a_truncated_image(tree):
    dataset, folder, data_dir = tree
    path = folder / SETS[folder.name][1][1] / "006.jpg"
    content = path.read_bytes()
    path.write_bytes(content[:40])
    with pytest.raises(ValueError, match=r"006\.jpg is not a readable image"):
        prepare(tree)
    assert is_clean(data_dir, dataset.name)
    path.write_bytes(content)
    prepare(tree)


def test_face_folders_refuse_a_person_without_faces(tree):
    _, folder, _ = tree
    (folder / "Nobody").mkdir()
    with pytest.raises(ValueError, match="Nobody must hold at least two images"):
        prepare(tree)


def test_face_folders_name_a_stray_file(tree):
    _, folder, _ = tree
    (folder / "readme.txt").write_text("")
    with pytest.raises(ValueError, match=r"readme\.txt must be the folder of a person"):
        prepare(tree)


def test_face_folders_refuse_a_folder_without_people(tree):
    dataset, folder, data_dir = tree
    (data_dir / "manual" / folder.name).mkdir(parents=True)
    with pytest.raises(ValueError, match=f"{folder.name} must hold the folder of at"):
        dataset.prepare(data_dir, data_dir / "manual")


def test_face_folders_name_a_missing_folder(tree):
    _, folder, _ = tree
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match=f"{folder.name} is missing"):
        prepare(tree)
