"""Dates are written in six ways, none ambiguous, and no day is both learned from and tested on."""

import datetime

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook.data import dates
from nnbook.data.dates import END, PADDING, START, date_translation, read_ids, source_ids, written

PATTERNS = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%A, %d %B %Y", "%d.%m.%Y", "%m/%d/%Y")
DATA = date_translation(jax.random.key(0), train=60, test=20)


@given(st.dates(dates.FIRST_DAY, dates.LAST_DAY), st.integers(0, 5))
def test_every_written_date_can_be_read_and_by_one_format_only(day, form):
    text = written(day, form)
    assert datetime.datetime.strptime(text, PATTERNS[form]).date() == day
    assert set(text) <= set(dates.CHARACTERS)
    for other in set(range(6)) - {form, 0, 2}:  # "7 May 1999" is both the long and the short form
        with pytest.raises(ValueError, match=r"does not match|unconverted data"):
            datetime.datetime.strptime(text, PATTERNS[other])


def test_sources_and_targets_are_the_same_days():
    for sources, targets in zip(np.asarray(DATA.train.sources), np.asarray(DATA.train.targets), strict=True):
        day = datetime.date.fromisoformat(read_ids(targets))
        assert read_ids(sources) in {written(day, form) for form in range(6)}


def test_shapes_and_tokens():
    assert DATA.train.sources.shape == (60, dates.SOURCE_LENGTH)
    assert DATA.test.targets.shape == (20, dates.TARGET_LENGTH)
    assert (DATA.train.targets[:, 0] == START).all()
    assert (DATA.train.targets[:, -1] == END).all()
    assert int(DATA.train.sources.max()) < dates.VOCABULARY
    padded = np.asarray(DATA.train.sources) == PADDING
    assert (np.diff(padded.astype(int), axis=1) >= 0).all()  # padding stands at the end only


def test_no_day_is_in_both_sets_or_twice():
    days = [read_ids(row) for part in DATA for row in np.asarray(part.targets)]
    assert len(set(days)) == len(days) == 80


def test_all_formats_occur_and_the_key_decides():
    kinds = {
        "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in read_ids(row))
        for row in np.asarray(DATA.train.sources)
    }
    assert any("/" in kind for kind in kinds)
    assert any("." in kind for kind in kinds)
    assert any("," in kind for kind in kinds)
    again = date_translation(jax.random.key(0), train=60, test=20)
    np.testing.assert_array_equal(again.train.sources, DATA.train.sources)
    other = date_translation(jax.random.key(1), train=60, test=20)
    assert not np.array_equal(other.train.targets, DATA.train.targets)


def test_ids_and_text():
    assert read_ids(source_ids("30 September 2020")) == "30 September 2020"
    assert read_ids(np.array([START, 3, END, 3])) == dates.CHARACTERS[0]


@pytest.mark.usefixtures("untyped")
def test_bad_input(key):
    with pytest.raises(TypeError, match="date_translation: got key of type int"):
        date_translation(0)
    with pytest.raises(ValueError, match="got train=80000 and test=1; wants at most 73049 days together"):
        date_translation(key, train=80000, test=1)
    with pytest.raises(ValueError, match="date_translation: got test=0"):
        date_translation(key, train=1, test=0)
    with pytest.raises(ValueError, match="written: got form=6; wants 0 to 5"):
        written(datetime.date(2000, 1, 1), 6)
    with pytest.raises(ValueError, match=r"dates: got '1 Mai 2000!' with the character '!'"):
        source_ids("1 Mai 2000!")
    with pytest.raises(ValueError, match="with 29 characters; wants at most 28"):
        source_ids("1" * 29)
    with pytest.raises(ValueError, match="read_ids: got id 99"):
        read_ids(np.array([99]))
