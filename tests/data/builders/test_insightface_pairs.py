"""The six sets of insightface's `.bin` files, in miniature."""

import pickle

import numpy as np
import pytest

from adrjax import data
from tests.data.builders.faces import encoded, examples, is_clean, numbers

SETS = {
    "lfw.bin": data.lfw_aligned,
    "calfw.bin": data.calfw,
    "cplfw.bin": data.cplfw,
    "agedb_30.bin": data.agedb_30,
    "cfp_ff.bin": data.cfp_ff,
    "cfp_fp.bin": data.cfp_fp,
}
SAME = [True, True, False, False]


def write(path, images):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps((images, SAME)))


def images(**kwargs):
    return [encoded(i, (112, 112), **kwargs) for i in range(8)]


@pytest.mark.parametrize("file", SETS)
def test_insightface_pairs_are_read_in_order(tmp_path, file):
    dataset = SETS[file]()
    write(tmp_path / "manual" / file, images())
    dataset.prepare(tmp_path, tmp_path / "manual")
    read = dataset.read(tmp_path)
    assert read.images.shape == (8, 112, 112, 3)
    shown = np.array(numbers(read.images))
    assert shown[read.first].tolist() == [0, 2, 4, 6]
    assert shown[read.second].tolist() == [1, 3, 5, 7]
    assert read.items.tolist() == [*range(8)]
    assert read.same.tolist() == SAME and read.same.dtype == bool


def test_insightface_pairs_have_distinct_names_and_sizes():
    sets = [of() for of in SETS.values()]
    assert len({of.name for of in sets}) == 6
    assert sets == [of() for of in SETS.values()] and len({*sets}) == 6
    assert [of.num_pairs for of in sets] == [6000, 6000, 6000, 6000, 7000, 7000]


def test_insightface_pairs_keep_the_bytes_of_jpegs(tmp_path):
    written = images(kind="jpeg")
    write(tmp_path / "manual" / "lfw.bin", written)
    data.lfw_aligned().prepare(tmp_path, tmp_path / "manual")
    kept = [e["image"] for e in examples("lfw_aligned", "test", tmp_path)]
    assert kept == written


def test_insightface_pairs_refuse_images_of_another_size(tmp_path):
    write(tmp_path / "manual" / "lfw.bin", [encoded(i, (96, 112)) for i in range(8)])
    data.lfw_aligned().prepare(tmp_path, tmp_path / "manual")
    with pytest.raises(
        ValueError, match=r"the shape \(112, 112, 3\), got \(96, 112, 3\)"
    ):
        data.lfw_aligned().read(tmp_path)


def test_insightface_pairs_can_be_prepared_again_after_a_truncated_image(tmp_path):
    path = tmp_path / "manual" / "calfw.bin"
    write(path, [*images()[:5], images()[5][:60], *images()[6:]])
    with pytest.raises(
        ValueError, match=r"calfw\.bin, image 5, is not a readable image"
    ):
        data.calfw().prepare(tmp_path, tmp_path / "manual")
    assert is_clean(tmp_path, "calfw")
    write(path, images())
    data.calfw().prepare(tmp_path, tmp_path / "manual")
    assert len(data.calfw().read(tmp_path).same) == 4


def test_insightface_pairs_name_a_truncated_file(tmp_path):
    path = tmp_path / "manual" / "cplfw.bin"
    write(path, images())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"cplfw\.bin is truncated"):
        data.cplfw().prepare(tmp_path, tmp_path / "manual")
    assert is_clean(tmp_path, "cplfw")


def test_insightface_pairs_name_a_missing_file_and_its_neighbours(tmp_path):
    write(tmp_path / "manual" / "lfw.bin", images())
    with pytest.raises(
        FileNotFoundError, match=r"cfp_fp\.bin is missing\n.*: lfw\.bin"
    ):
        data.cfp_fp().prepare(tmp_path, tmp_path / "manual")
