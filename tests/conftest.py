"""Settings every test runs under: JAX at its strictest, hypothesis without chance, shapes checked on demand.

With `NNBOOK_TYPECHECK=1` the package is imported through jaxtyping's hook, so that beartype enforces every
annotated shape and dtype; without it the tests meet the package as a reader does. Both are run.
"""

import os
from pathlib import Path

# Most of the time of these tests is compiling; the typed run and the next one find what this one compiled.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

if os.environ.get("NNBOOK_TYPECHECK") == "1":
    from jaxtyping import install_import_hook

    # Before anything imports nnbook; the hook stays for the whole session. As PEP 484 has it, an int will do for a float.
    install_import_hook("nnbook", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

import hypothesis
import jax
import jaxtyping
import pytest

collect_ignore = ["eight_devices.py", "two_processes.py"]  # programs of their own, which test_parallel.py starts

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

hypothesis.settings.register_profile("nnbook", derandomize=True, deadline=None, max_examples=50, database=None)
hypothesis.settings.load_profile("nnbook")


def pytest_collection_modifyitems(items):
    """Run the extensions' tests first: Sphinx forks to read in parallel, which a process that has started JAX should not.

    What asks whether all judged findings were met runs last.
    """
    items.sort(key=lambda item: 0 if "ext" in item.path.parts else 2 if item.name == "test_no_stale_review" else 1)


@pytest.fixture
def untyped():
    """Switch the type checker off: nnbook itself has to answer the bad input a test hands it."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture
def key():
    """The random key of a test that needs one and does not care which."""
    return jax.random.key(0)
