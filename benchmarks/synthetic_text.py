"""Invented sentences for archives to measure, in natural proportions.

Words follow Zipf's law. The most frequent ones are English function words, the others are invented, two in five with an
English ending. As many of them as in the fixture clips are numbers or have an ʻokina somewhere. Every clip of a show
opens and signs off alike.
"""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

from radio_archive.text.numbers import number_forms
from radio_archive.text.variants import seed
from radio_archive.text.words import groups

TRUTH = Path(__file__).parent.parent / "fixtures" / "truth"
A_CLIP = 25
"""Sentences in one clip."""
VOCABULARY = 60_000
FUNCTION_WORDS = (
    "the to of and a in that is it for on was with as they are this at be have from we by but you not or an he has "
    "were who their more will one about had there been which said out when up so what all can people she would her "
    "if now his into them other than over some also just like how its after time our do two my because only no first "
    "then here most could through even where these any between before many those very may down such much should did "
    "why while under during does your off since both each few him every until against"
).split()
"""The commonest words of spoken English news, about in this order. Few sentences lack them, and few questions."""
ENDINGS = ("s", "s", "s", "ed", "ing", "er", "ation")
FRAMES = (
    (
        ("From our newsroom in Honolulu, this is {show}, with what moves the islands today.", "I'm {reporter}."),
        ("You can find all of our earlier stories on our website.", "For {show}, I'm {reporter}."),
    ),
    (
        ("Welcome to {show}, our weekly conversation about what we share and what we do not.",),
        ("{show} is made possible by listeners like you and by the members of this station.", "Thank you."),
    ),
    (
        ("This is {show}.",),
        ("With {show} from the valley where all of this began, I'm {reporter}, and this is where you hear it first.",),
    ),
)
"""How the clips of a show open and sign off."""


class Corpus:
    """Sentences, the same for the same number of them and the same seed."""

    def __init__(self, seed: int = 1) -> None:
        """Invent the vocabulary, and read what the fixtures say of numbers and of the ʻokina."""
        self._random = random.Random(1)  # noqa: S311 - reproducible, not secret
        self.words = FUNCTION_WORDS + self._invented(VOCABULARY - len(FUNCTION_WORDS))
        self._cumulative = list(itertools.accumulate(1 / (rank + 2.7) ** 1.07 for rank in range(VOCABULARY)))
        self._random.seed(seed)
        self.numbers, self.number_share, self.island_share = _special_words()
        self.islands = [
            "Hawaii",
            "Oahu",
            "Maui",
            "Molokai",
            "Hawaiʻi",
            "Oʻahu",
            "Lānaʻi",
            "Kauai",
            "US",
            "U.S.",
            "NATO",
        ]

    def begin(self, seed: str) -> None:
        """Go on with the sentences of another seed, over the same vocabulary."""
        self._random.seed(seed)

    def _invented(self, number: int) -> list[str]:
        words = [f"{first}{rest}" for first, rest in itertools.islice(_syllables(), number * 3 // 5)]
        self._random.shuffle(words)
        words += [word + self._random.choice(ENDINGS) for word in words[: number - len(words)]]
        self._random.shuffle(words)
        return words

    def sentence(self) -> str:
        """Return the next one."""
        words = self._random.choices(self.words, cum_weights=self._cumulative, k=self._random.randint(4, 13))
        if self._random.random() < self.island_share * len(words):
            words[self._random.randrange(len(words))] = self._random.choice(self.islands)
        if self._random.random() < self.number_share:
            words.insert(self._random.randrange(len(words)), self._random.choice(self.numbers))
        return f"{' '.join(words).capitalize()}."

    def clip(self, show: int, reporter: str) -> list[str]:
        """Return the sentences of the next clip of a show, by its number."""
        opening, sign_off = FRAMES[show % len(FRAMES)]
        said = {"show": f"{self.words[-show]} {self.words[-show - 30]} number {show}", "reporter": reporter}
        between = [self.sentence() for _ in range(A_CLIP - len(opening) - len(sign_off))]
        return [sentence.format(**said) for sentence in opening] + between + [s.format(**said) for s in sign_off]


def _syllables() -> Iterator[tuple[str, str]]:
    consonants, vowels = "bdfghklmnprstvwz", "aeiou"
    syllables = [c + v for c in consonants for v in vowels]
    for first in syllables:
        for second in ("", *syllables):
            for last in ("", "n", "r", "s", "t", "l", "nd", "st", "m", "k"):
                yield first, second + last


def _special_words() -> tuple[list[str], float, float]:
    """Return the numbers in the fixtures' sentences, the share of sentences with one, and of words with an ʻokina."""
    known = {form.plain for form in seed()}
    texts = [
        s["text"] for file in sorted(TRUTH.glob("*.json")) for s in json.loads(file.read_text("utf-8"))["sentences"]
    ]
    words = [word for text in texts for word in groups(text)]
    numbers = [found for text in texts for found in _numbers_in(text)]
    with_number = sum(bool(number_forms(text, 0)) for text in texts) / len(texts)
    return numbers, with_number, sum(word.key in known for word in words) / len(words)


def _numbers_in(text: str) -> Iterator[str]:
    words = text.rstrip(".").split()
    for at, word in enumerate(words):
        for length in (3, 2, 1):
            stretch = " ".join(words[at : at + length])
            if number_forms(word, 0) and number_forms(stretch, 0):
                yield stretch
                break
