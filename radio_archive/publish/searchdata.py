"""The numbers and lists of the archive's own search, for that of a static site: neither is written twice."""

from dataclasses import asdict

from radio_archive.search import evidence, loosening, plan, scoring
from radio_archive.search.search import DEFAULT
from radio_archive.text import abbreviations, forms, similar
from radio_archive.text.stop_words import STOP_WORDS


def search_data() -> dict[str, object]:
    """Return what `assets/plan.js` and `assets/forms.js` read as `head.search`."""
    return {
        "few": loosening.FEW,
        "enough": loosening.ENOUGH,
        "typed": loosening.SCORED,
        "read": loosening.READ,
        "notAsTyped": loosening.NOT_AS_TYPED,
        "form": evidence.FORM,
        "time": evidence.TIME,
        "name": evidence.NAME,
        "least": evidence.LEAST,
        "checked": scoring.CHECKED,
        "saturation": scoring.SATURATION,
        "sentence": scoring.SENTENCE,
        "inTitle": scoring.TITLE,
        "uncovered": scoring.UNCOVERED,
        "replaced": plan.REPLACED,
        "weights": asdict(DEFAULT),
        "stopWords": sorted(STOP_WORDS),
        "close": similar.CLOSE,
        "closeInSound": similar.CLOSE_IN_SOUND,
        "sure": similar.SURE,
        "sureOfFew": similar.SURE_OF_FEW,
        "fewLetters": similar.FEW,
        "shortest": similar.SHORTEST,
        "longest": similar.LONGEST,
        "takenFor": similar.TAKEN_FOR,
        "stemless": sorted(forms.STEMLESS),
        "stemmed": forms.SHORTEST - 1,
        "country": abbreviations.COUNTRY,
        "names": abbreviations.NAMES,
        "closed": sorted(abbreviations.CLOSED.values()),
        "initials": (abbreviations.SHORTEST, abbreviations.LONGEST, forms.INITIAL),
        "capitals": abbreviations.CAPITALS,
        "small": abbreviations.SMALL,
        "romans": abbreviations.ROMAN,
    }
