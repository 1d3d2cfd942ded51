"""The configuration of the site, https://www.sphinx-doc.org/en/master/usage/configuration.html."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "_ext"))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import adrjax

project = "adrjax"
copyright = "the adrjax contributors"
version = release = adrjax.__version__

extensions = [
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "myst_nb",
    "reference",
]
exclude_patterns = ["_build", "_ext", "**.ipynb_checkpoints"]
nitpicky = True
nitpick_ignore_regex = [  # types of other packages; they are not linked
    ("py:.*", r"(jax|jnp|np|nn|optax|os|pathlib|functools|rich|flax)\..*"),
    (
        "py:.*",
        "Any|ArrayLike|Callable|Console|DTypeLike|Initializer|Iterable|Iterator"
        "|Literal|Mapping|P|R|Sequence|Tree|TypeVar|Network",
    ),
    (
        "py:class",
        "MadeOf|PairExamples|Streamed",
    ),  # private classes that only types name
]

add_module_names = True
python_maximum_signature_line_length = 70
python_use_unqualified_type_names = True
toc_object_entries = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_custom_sections = ["Reference"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst-nb.lexer"]  # of notebooks that do not run
nb_execution_mode = "cache"
nb_execution_cache_path = str(pathlib.Path(__file__).parent / "_build" / "executed")
nb_execution_timeout = 900
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

html_theme = "sphinx_book_theme"
html_title = "adrjax"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
}
