"""Date translation: a date as people write it, in six ways, and the same date as ISO 8601 has it."""

import datetime
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from nnbook.errors import require_key, require_sizes
from nnbook.pytree import params

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

# Tokens are characters. The first three stand for no character: padding, the start and the end of a text.
PADDING, START, END = 0, 1, 2
CHARACTERS = "".join(sorted({*"0123456789 ,-./", *"".join(MONTHS + WEEKDAYS)}))
VOCABULARY = 3 + len(CHARACTERS)
FORMATS = 6
SOURCE_LENGTH = len("Wednesday, 30 September 2020")
TARGET_LENGTH = 1 + len("2020-09-30") + 1


@params
class DatePairs:
    """Row i of `sources` is a date as written, padded at its end; row i of `targets` is the same one as ISO has it.

    A target begins with START and ends with END, so the model sees targets[:, :-1] and is to say targets[:, 1:].
    """

    sources: Int[Array, "examples source_length"]
    targets: Int[Array, "examples target_length"]


class DateTranslation(NamedTuple):
    """Two sets of dates, no day of which is in both."""

    train: DatePairs
    test: DatePairs


def date_translation(key: Key[Array, ""], *, train: int = 8000, test: int = 1000) -> DateTranslation:
    """Draw so many different days between 1900 and 2099, and write each in one of the six formats, drawn too.

    Sources of shape (train, 28) and targets of shape (train, 12), token ids; `read_ids` turns them back into text.
    Raises TypeError for a key that is not one, ValueError for sizes below 1 or more days than two centuries have.
    Source: generated here, nothing to license; the ISO form is that of ISO 8601.

    >>> pairs = date_translation(jax.random.key(0), train=3, test=1).train
    >>> pairs.sources.shape, pairs.targets.shape
    ((3, 28), (3, 12))
    """
    require_key("date_translation", key)
    require_sizes("date_translation", train=train, test=test)
    if train + test > DAYS:
        raise ValueError(f"date_translation: got train={train} and test={test}; wants at most {DAYS} days together")
    key_days, key_formats = jax.random.split(key)
    days = np.asarray(jax.random.permutation(key_days, DAYS)[: train + test]).tolist()
    formats = np.asarray(jax.random.randint(key_formats, (train + test,), 0, FORMATS)).tolist()
    chosen = [FIRST_DAY + datetime.timedelta(days=day) for day in days]
    sources = [written(day, form) for day, form in zip(chosen, formats, strict=True)]
    return DateTranslation(train=_pairs(sources[:train], chosen[:train]), test=_pairs(sources[train:], chosen[train:]))


def written(day: datetime.date, form: int) -> str:
    """Write a day in format 0 to 5. With points the day comes first, with slashes the month: no date is ambiguous.

    Raises ValueError for another format.

    >>> for form in range(FORMATS):
    ...     print(written(datetime.date(2021, 3, 7), form))
    7 March 2021
    March 7, 2021
    7 Mar 2021
    Sunday, 7 March 2021
    07.03.2021
    03/07/2021
    """
    month = MONTHS[day.month - 1]
    forms = (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{WEEKDAYS[day.weekday()]}, {day.day} {month} {day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
        f"{day.month:02}/{day.day:02}/{day.year}",
    )
    if not 0 <= form < FORMATS:
        raise ValueError(f"written: got form={form}; wants 0 to {FORMATS - 1}")
    return forms[form]


def source_ids(text: str) -> Int[Array, "source_length"]:
    """Turn a written date into token ids, padded to the longest there is.

    Raises ValueError for a character that no date has, or a text that is too long.

    >>> source_ids("7 May 1999")[:4].tolist()
    [15, 3, 22, 28]
    """
    return jnp.array(_numbered(text, SOURCE_LENGTH))


def read_ids(ids: Int[Array, "length"] | Int[np.ndarray, "length"]) -> str:
    """Turn token ids back into text: up to the end token, without start and padding.

    Raises ValueError for an id outside the vocabulary.

    >>> read_ids(source_ids("7 May 1999"))
    '7 May 1999'
    """
    text = []
    for token in np.asarray(ids).tolist():
        if not 0 <= token < VOCABULARY:
            raise ValueError(f"read_ids: got id {token}; wants ids from 0 to {VOCABULARY - 1}")
        if token == END:
            break
        if token not in (PADDING, START):
            text.append(CHARACTERS[token - 3])
    return "".join(text)


def _pairs(sources: list[str], days: list[datetime.date]) -> DatePairs:
    targets = [[START, *_numbered(day.isoformat(), TARGET_LENGTH - 2), END] for day in days]
    return DatePairs(
        sources=jnp.array([_numbered(text, SOURCE_LENGTH) for text in sources], dtype=jnp.int32),
        targets=jnp.array(targets, dtype=jnp.int32),
    )


def _numbered(text: str, length: int) -> list[int]:
    unknown = sorted(set(text) - set(CHARACTERS))
    if unknown or len(text) > length:
        what = f"the character {unknown[0]!r}" if unknown else f"{len(text)} characters"
        raise ValueError(f"dates: got {text!r} with {what}; wants at most {length} characters of {CHARACTERS!r}")
    return [CHARACTERS.index(character) + 3 for character in text] + [PADDING] * (length - len(text))
