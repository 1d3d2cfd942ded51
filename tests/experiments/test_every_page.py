"""Properties of every page of `experiments`; a new page is found by itself."""

import pathlib
import re
import subprocess
import sys

import jax
import numpy as np
import pytest

from adrjax import Outputs, train
from experiments import harness
from experiments.__main__ import description, is_of_harness, main, pages
from experiments.harness import Table
from experiments.harness.identity import describe, digest
from experiments.harness.method import total
from experiments.harness.options import Options
from experiments.harness.page import chosen_cells
from experiments.harness.runner import Runner, Settings, output_shapes
from experiments.harness.table import cells_of
from experiments.harness.variants import smoked, variant_of

MODULES = pages()
PAGES = {name: module for name, module in MODULES.items() if is_of_harness(module)}
ROOT = pathlib.Path(__file__).parents[2]
every_page = pytest.mark.parametrize("name", MODULES)


def test_the_list_has_every_page(capsys):
    main()
    out = capsys.readouterr().out
    assert {"quickstart", "adr.figure4"} <= {*PAGES}
    for name, module in MODULES.items():
        text = description(name, module)
        assert text.startswith(module.__doc__.splitlines()[0])
        assert f"{text}\n" in out and f"\n  python -m experiments.{name}\n" in text
    for name, module in PAGES.items():
        text = description(name, module)
        assert f"\n  {module.PAGE.needs}\n" in text
        assert f"In full: {module.PAGE.full}" in text
        assert (module.PAGE.reduced or "") in text


@every_page
def test_the_docstring_of_a_page_has_its_command(name):
    assert f"python -m experiments.{name}" in MODULES[name].__doc__


@pytest.mark.parametrize("name", PAGES)
def test_the_table_of_the_paper_fits_the_page(name):
    page = PAGES[name].PAGE
    if isinstance(page, Table):
        assert {*page.printed} <= {(r, c) for r in page.rows for c in page.stands_for}


def runs(name):
    """Returns the networks of a page and of its reduced variant, by identity."""
    page, found = PAGES[name].PAGE, {}
    for options in (Options(), Options(reduced=True)):
        if options.reduced and page.reduced is None:
            continue
        cells = chosen_cells(page, options, variant_of(options))  # with their metrics
        for content in cells.values():
            for run in (cell.run for cell in cells_of(content)):
                other = found.setdefault(run.identity, run)
                assert run.directory(ROOT) == other.directory(ROOT)
    return found


@pytest.fixture(scope="module")
def runs_of():
    """Returns the networks of each page."""
    return {name: runs(name) for name in PAGES}


def test_no_page_starts_a_backend_when_it_is_imported():
    code = (
        "from jax._src import xla_bridge; from experiments.__main__ import pages; "
        "assert len(pages()) > 3; assert not xla_bridge.backends_are_initialized()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_networks_of_all_pages_have_directories_of_their_own(runs_of):
    """The same network on two pages has one directory, others never share one."""
    found = {}
    for own in runs_of.values():
        for identity, run in own.items():
            described = found.setdefault(run.directory(ROOT), run.description())
            assert described == run.description(), identity


def test_every_network_can_be_checked_without_its_data(runs_of):
    runner = Runner(ROOT, Settings(), smoke=True)
    for own in runs_of.values():
        for run in own.values():
            runner.check(run)


def losses_of(runs, key):
    """Returns the loss of each update, with the shapes of its outputs, once for a key.

    A small network with the same head stands for a large one.
    """
    runner, shapes, found = Runner(ROOT, Settings(), smoke=True), {}, {}
    for run in runs:
        recipe = smoked(run).recipe
        size = train.input_shape(recipe.data.dataset, runner.images.shape(recipe.data))
        model = digest([describe(recipe.model), size])
        if key(run, model) in found:
            continue
        if model not in shapes:
            images = jax.ShapeDtypeStruct((8, *size), np.float32)
            shapes[model] = output_shapes(recipe.model, images)
        outputs = shapes[model]
        labels = jax.ShapeDtypeStruct(outputs.logits.shape[:-1], np.int32)
        updates = run.method.objectives(outputs, labels)
        found[key(run, model)] = run, [total(x) for x in updates], outputs
    return [*found.values()]


def check_losses(runs, key):
    """Values and gradients of all losses are finite inside the device axis."""
    cases = losses_of(runs, key)
    rng = np.random.default_rng(0)
    outputs = [
        jax.tree.map(
            lambda x: 0.3 * rng.normal(size=(1, *x.shape)).astype(np.float32), shapes
        )
        for _, _, shapes in cases
    ]

    @jax.jit
    def values_and_gradients(outputs):
        return [
            [value_and_gradient(loss, x) for loss in updates]
            for (_, updates, _), x in zip(cases, outputs, strict=True)
        ]

    def value_and_gradient(loss, outputs):
        def of(outputs):
            labels = np.arange(np.prod(outputs.logits.shape[:-1]), dtype=np.int32)
            labels = labels.reshape(outputs.logits.shape[:-1])
            labels %= outputs.logits.shape[-1]
            return loss.apply(loss.init(), outputs, labels)[0].mean()

        return jax.vmap(jax.value_and_grad(of), axis_name="batch")(outputs)

    for (run, _, _), updates in zip(cases, values_and_gradients(outputs), strict=True):
        for value, gradient in updates:
            leaves = [np.asarray(x) for x in jax.tree.leaves(gradient)]
            assert np.isfinite(value).all(), run.name
            assert all(np.isfinite(x).all() for x in leaves), run.name
            assert sum(np.abs(x).sum() for x in leaves) > 0, run.name


def test_every_loss_of_the_pages_has_a_value_and_a_gradient(runs_of):
    """Those of the library have theirs in the tests of the catalogue."""

    def function(run, model):
        then = run.method.then
        return run.method.loss, then and then.loss

    runs = [run for own in runs_of.values() for run in own.values()]
    ours = [x for x in runs if x.method.loss.__module__.startswith("experiments.")]
    check_losses(ours, function)


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_the_loss_of_every_setting_has_a_value_and_a_gradient(name, runs_of):
    def settings(run, model):
        return digest(describe(run.method)), model

    check_losses(runs_of[name].values(), settings)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "quickstart" else pytest.mark.long)
        for name in PAGES
    ],
)
def test_a_smoke_run_of_a_page_works(name, capsys):
    module = PAGES[name]
    flags = ["--smoke", "--devices", "1"]
    if name == "quickstart":  # the others are in the long tests
        flags += ["--rows", "CE+ADR"]
    page = module.PAGE
    harness.main(page, flags, module=module.__name__, doc=module.__doc__)
    assert "A smoke run" in capsys.readouterr().out


@pytest.mark.long
def test_the_page_of_the_docs_runs(capsys):
    section = (ROOT / "docs/experiments.md").read_text().split("## How to write a page")
    section = section[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(section.splitlines()) <= 60
    names = {"__name__": "my_page"}
    exec(code, names)
    harness.main(
        names["PAGE"],
        ["--smoke", "--rows", "GCE", "--columns", "20 %", "--devices", "1"],
        module="my_page",
        doc=names["__doc__"],
    )
    out = capsys.readouterr().out
    assert "Digits with wrong labels: cross entropy and GCE." in " ".join(out.split())
    assert "q=0.7" in out and "A smoke run" in out


def test_gradient_rescaling_of_the_quickstart_normalizes_over_all_devices():
    _, method = PAGES["quickstart"].ROWS["40 % wrong: GR"]
    z = np.random.default_rng(0).normal(size=(16, 10)).astype(np.float32)
    y = np.arange(16, dtype=np.int32) % 10
    outputs, labels = jax.eval_shape(lambda: (Outputs(z, z), y))
    loss = total(method.objectives(outputs, labels)[0])

    def gradient(z, y):
        def mean(z):
            return loss.apply(loss.init(), Outputs(z, z), y)[0].mean()

        return jax.grad(mean)(z) / jax.lax.axis_size("batch")

    split = jax.pmap(gradient, "batch")(z.reshape(8, 2, 10), y.reshape(8, 2))
    whole = jax.vmap(gradient, axis_name="batch")(z[None], y[None])[0]
    np.testing.assert_allclose(split.reshape(16, 10), whole, rtol=1e-4, atol=1e-7)
