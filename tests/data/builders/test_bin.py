"""insightface's `.bin` files: every way to write one is read, none runs code."""

import copyreg
import os
import pickle
import pickletools
import struct

import numpy as np
import pytest

from adrjax.data.builders._bin import read_bin

IMAGES = [bytes([i]) * (i + 3) for i in range(6)]
SAME = [True, False, True]


def arrays(images):
    return [np.frombuffer(image, np.uint8).copy() for image in images]


def written(tmp_path, content):
    path = tmp_path / "lfw.bin"
    path.write_bytes(content)
    return path


def old_numpy(pickled):
    """The names of numpy before 2.0; protocol 0 to 3 ends a name with a line."""
    return pickled.replace(b"numpy._core", b"numpy.core")


def python2(images, same):
    """A pickle of Python 2, whose strings are bytes: BINSTRING and NEWTRUE."""
    strings = b"".join(b"T" + struct.pack("<i", len(i)) + i for i in images)
    bools = b"".join(b"\x88" if flag else b"\x89" for flag in same)
    return b"\x80\x02](" + strings + b"e](" + bools + b"e\x86."


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "images",
    [IMAGES, arrays(IMAGES), [image[:, None] for image in arrays(IMAGES)]],
    ids=["bytes", "arrays", "columns of OpenCV"],
)
@pytest.mark.parametrize(
    "same",
    [SAME, [np.bool_(s) for s in SAME], np.array(SAME)],
    ids=["bools", "scalars of numpy", "array"],
)
def test_read_bin_reads_every_pickle_protocol_and_array_type(
    tmp_path, protocol, images, same
):
    path = written(tmp_path, pickle.dumps((images, same), protocol))
    assert read_bin(path) == (IMAGES, SAME)


def test_read_bin_reads_python_2_and_old_numpy(tmp_path):
    assert read_bin(written(tmp_path, python2(IMAGES, SAME))) == (IMAGES, SAME)
    old = old_numpy(pickle.dumps((arrays(IMAGES), [np.bool_(s) for s in SAME]), 2))
    assert b"numpy.core.multiarray" in old
    assert read_bin(written(tmp_path, old)) == (IMAGES, SAME)


class Gadget:
    """Makes a pickle that calls a function when it is loaded."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


class Shell:
    """A class of this module, with state."""

    def __init__(self, mark):
        self.mark = mark

    def __setstate__(self, state):
        open(state["mark"], "w").close()


def gadgets(mark):
    """Pickles that make the file `mark` if they run."""
    code = f"open({mark!r}, 'w').close()"
    yield "os.system", pickle.dumps(([Gadget(os.system, (f"touch {mark}",))], SAME))
    yield "eval", pickle.dumps(([Gadget(eval, (code,))], SAME))
    nested = Gadget(getattr, (Gadget(__import__, ("os",)), "system"))
    yield "getattr", pickle.dumps(([nested], SAME))
    yield "dotted name", b"\x80\x04\x8c\x02os\x8c\x0bpath.os.sep\x93."
    yield "state", pickle.dumps(([Shell(mark)], SAME))
    yield "INST", b"(S'touch " + mark.encode() + b"'\nios\nsystem\n."
    yield "OBJ", b"(cos\nsystem\nS'touch " + mark.encode() + b"'\no."
    yield "persistent id", b"Pwhatever\n."
    yield "persistent object", b"\x80\x02U\x04evilQ."
    yield "buffer", b"\x80\x05\x97."
    yield "extension", b"\x80\x02\x82\xf0."
    # Numpy's own names, as far as they lead.
    yield (
        "bytes for pointers",
        old_numpy(pickle.dumps((arrays(IMAGES), SAME), 2)).replace(b"u1", b"O8"),
    )
    yield (
        "numpy's import",
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
    )
    yield "numpy's loader", b"cnumpy\nload\n(S'" + mark.encode() + b"'\ntR."
    yield (
        "attributes of a known name",
        b"cnumpy\ndtype\n(N}S'__defaults__'\n(S'O'\ntstb.",
    )
    yield "a known name in a known name", b"cnumpy\ndtype.__init__\n."


@pytest.mark.parametrize("name", dict(gadgets("")))
def test_read_bin_runs_no_code(tmp_path, name):
    mark = tmp_path / "ran"
    pickled = dict(gadgets(str(mark)))[name]
    copyreg.add_extension("os", "system", 0xF0)
    try:
        with pytest.raises(ValueError, match=r"lfw\.bin"):
            read_bin(written(tmp_path, pickled))
    finally:
        copyreg.remove_extension("os", "system", 0xF0)
    assert not mark.exists()
    assert read_bin(written(tmp_path, python2(IMAGES, SAME))) == (IMAGES, SAME)


def test_pickle_loads_would_run_the_code(tmp_path):
    """Otherwise the test above would prove nothing."""
    mark = tmp_path / "ran"
    for name in ("os.system", "eval", "state", "INST", "OBJ"):
        pickle.loads(dict(gadgets(str(mark)))[name])
        mark.unlink()


def test_read_bin_names_a_refused_global(tmp_path):
    pickled = pickle.dumps(Gadget(os.system, ("true",)))
    with pytest.raises(ValueError, match=r"lfw\.bin .*it names posix\.system, which"):
        read_bin(written(tmp_path, pickled))


@pytest.mark.parametrize("content", [python2(IMAGES, SAME), pickle.dumps((IMAGES, []))])
def test_read_bin_refuses_a_truncated_file(tmp_path, content):
    ends = [place for _, _, place in pickletools.genops(content)][1:]
    for end in {0, 1, *ends, *(end + 1 for end in ends[:-1])}:
        with pytest.raises(ValueError, match=r"lfw\.bin is truncated or not a file of"):
            read_bin(written(tmp_path, content[:end]))


@pytest.mark.parametrize(
    "content, message",
    [
        (
            (IMAGES[:5], SAME),
            "must hold two images for each bool .* got 5 images and 3 bools",
        ),
        ((IMAGES, SAME[:2]), "must hold .* got 6 images and 2 bools"),
        (([], []), "must hold .* got 0 images and 0 bools"),
        (IMAGES, "must hold two lists"),
        ((IMAGES, SAME, SAME), "must hold two lists"),
        ((IMAGES, [1, 0, 1]), "item 0 is not a bool"),
        (([*IMAGES[:4], "a", "b"], SAME), "item 4 is not an image"),
        (([*arrays(IMAGES[:5]), np.zeros(3)], SAME), "item 5 is not an image"),
        ((IMAGES, IMAGES), "item 0 is not a bool"),
        ((SAME, SAME), "item 0 is not an image"),
    ],
)
def test_read_bin_refuses_lists_that_do_not_fit(tmp_path, content, message):
    with pytest.raises(ValueError, match=rf"lfw\.bin {message}|lfw\.bin .*{message}"):
        read_bin(written(tmp_path, pickle.dumps(content)))


def test_read_bin_names_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"lfw\.bin"):
        read_bin(tmp_path / "lfw.bin")
