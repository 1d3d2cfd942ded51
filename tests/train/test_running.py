"""The example of docs/running.md."""

import pathlib
import re

import pytest

PAGE = (pathlib.Path(__file__).parents[2] / "docs/running.md").read_text()


@pytest.mark.long
def test_the_example_of_the_page_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["result"].history[-1]["test/top1"] > 0.8
