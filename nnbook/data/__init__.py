"""Data that needs no download: generated from a key, written down, or shipped inside a package."""

from nnbook.data.dataset import Dataset
from nnbook.data.dates import DatePairs, DateTranslation, date_translation
from nnbook.data.four_tokens import TOKENS, VOCABULARY, FourTokens, four_tokens
from nnbook.data.generated import circles, spirals, two_moons
from nnbook.data.logic import GATES, logic_gate
from nnbook.data.packaged import digits

__all__ = [
    "GATES",
    "TOKENS",
    "VOCABULARY",
    "Dataset",
    "DatePairs",
    "DateTranslation",
    "FourTokens",
    "circles",
    "date_translation",
    "digits",
    "four_tokens",
    "logic_gate",
    "spirals",
    "two_moons",
]
