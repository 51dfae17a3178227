"""The order in which options are shown: shuffled, and the same in every build and every format."""

import hashlib
import random
from collections.abc import Sequence
from string import ascii_lowercase
from typing import TypeVar

Thing = TypeVar("Thing")


def shuffled(question_id: str, things: Sequence[Thing]) -> list[tuple[str, Thing]]:
    """Give the things with their letters, in an order that depends on the id and their number alone.

    Three things or more never come in the order they were written in: that is the right order of an `order` question.
    """
    dice = random.Random(hashlib.sha256(question_id.encode()).digest())
    places = list(range(len(things)))
    dice.shuffle(places)
    while len(places) > 2 and places == sorted(places):
        dice.shuffle(places)
    return list(zip(ascii_lowercase, (things[place] for place in places), strict=False))
