"""Data that needs no download: generated from a key, written down, or shipped inside a package."""

from nnbook.batches import shuffled_batches, take
from nnbook.data.dataset import Dataset
from nnbook.data.four_tokens import TOKENS, VOCABULARY, FourTokens, four_tokens
from nnbook.data.generated import circles, spirals, two_moons
from nnbook.data.logic import GATES, logic_gate
from nnbook.data.packaged import (
    KarateClub,
    Sunspots,
    digits,
    english_text,
    karate_club,
    mnist_5k,
    sunspots,
)
from nnbook.data.splits import Split, split, stratified_split

__all__ = [
    "GATES",
    "TOKENS",
    "VOCABULARY",
    "Dataset",
    "FourTokens",
    "KarateClub",
    "Split",
    "Sunspots",
    "circles",
    "digits",
    "english_text",
    "four_tokens",
    "karate_club",
    "logic_gate",
    "mnist_5k",
    "shuffled_batches",
    "spirals",
    "split",
    "stratified_split",
    "sunspots",
    "take",
    "two_moons",
]
