"""Data that needs no download: generated from a key, written down, or shipped inside a package."""

from nnbook.batches import shuffled_batches, take
from nnbook.data.dataset import Dataset
from nnbook.data.dates import DatePairs, DateTranslation, date_translation
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
from nnbook.data.points import ring_centres, ring_of_gaussians, swiss_roll
from nnbook.data.sequences import Sequences, adding, recall
from nnbook.data.splits import Split, split, stratified_split

__all__ = [
    "GATES",
    "TOKENS",
    "VOCABULARY",
    "Dataset",
    "DatePairs",
    "DateTranslation",
    "FourTokens",
    "KarateClub",
    "Sequences",
    "Split",
    "Sunspots",
    "adding",
    "circles",
    "date_translation",
    "digits",
    "english_text",
    "four_tokens",
    "karate_club",
    "logic_gate",
    "mnist_5k",
    "recall",
    "ring_centres",
    "ring_of_gaussians",
    "shuffled_batches",
    "spirals",
    "split",
    "stratified_split",
    "sunspots",
    "swiss_roll",
    "take",
    "two_moons",
]
