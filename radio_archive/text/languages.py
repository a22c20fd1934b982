"""Names and codes of languages in tags, sidecars and queries, converted to the codes that Whisper knows."""

import difflib
import re
from functools import cache

from radio_archive.text.spelling import fold

_LANGUAGES = dict(
    pair.split(":")
    for pair in (
        "afr:af amh:am ara:ar aze:az bel:be ben:bn bos:bs bul:bg cat:ca ces:cs cze:cs cym:cy wel:cy dan:da deu:de "
        "ger:de ell:el gre:el eng:en est:et eus:eu baq:eu fas:fa per:fa fij:fj fin:fi fra:fr fre:fr gle:ga glg:gl "
        "guj:gu hat:ht hau:ha haw:haw heb:he hin:hi hrv:hr hun:hu hye:hy arm:hy ibo:ig ind:id isl:is ice:is ita:it "
        "jav:jv jpn:ja kan:kn kat:ka geo:ka kaz:kk khm:km kor:ko lao:lo lat:la lav:lv lit:lt mal:ml mar:mr mkd:mk "
        "mac:mk mlg:mg mlt:mt mon:mn mri:mi mao:mi msa:ms may:ms mya:my bur:my nep:ne nld:nl dut:nl nor:no pan:pa "
        "pol:pl por:pt pus:ps ron:ro rum:ro rus:ru sin:si slk:sk slo:sk slv:sl smo:sm som:so spa:es sqi:sq alb:sq "
        "srp:sr swa:sw swe:sv tam:ta tel:te tgl:tl tha:th tir:ti ton:to tur:tr ukr:uk urd:ur uzb:uz vie:vi yor:yo "
        "yue:yue zho:zh chi:zh zul:zu"
    ).split()
)

_NAMES = {
    name.replace("_", " "): code
    for code, names in (
        pair.split(":")
        for pair in (
            "af:afrikaans am:amharic ar:arabic az:azerbaijani be:belarusian bg:bulgarian bn:bengali,bangla bs:bosnian "
            "ca:catalan cs:czech cy:welsh da:danish de:german el:greek en:english es:spanish et:estonian eu:basque "
            "fa:persian,farsi fi:finnish fj:fijian fr:french ga:irish gl:galician gu:gujarati ha:hausa haw:hawaiian "
            "he:hebrew hi:hindi hr:croatian ht:haitian_creole,haitian hu:hungarian hy:armenian id:indonesian ig:igbo "
            "is:icelandic it:italian ja:japanese jv:javanese ka:georgian kk:kazakh km:khmer,cambodian kn:kannada "
            "ko:korean la:latin lo:lao lt:lithuanian lv:latvian mg:malagasy mi:maori mk:macedonian ml:malayalam "
            "mn:mongolian mr:marathi ms:malay mt:maltese my:burmese,myanmar ne:nepali nl:dutch no:norwegian "
            "pa:punjabi,panjabi pl:polish ps:pashto pt:portuguese ro:romanian ru:russian si:sinhala sk:slovak "
            "sl:slovenian,slovene sm:samoan so:somali sq:albanian sr:serbian sv:swedish sw:swahili ta:tamil te:telugu "
            "th:thai ti:tigrinya tl:tagalog,filipino to:tongan tr:turkish uk:ukrainian ur:urdu uz:uzbek vi:vietnamese "
            "yo:yoruba yue:cantonese zh:chinese,mandarin zu:zulu"
        ).split()
    )
    for name in names.split(",")
}

_NAMED = {code: name.title() for name, code in reversed(_NAMES.items())}


def language_code(text: str) -> str | None:
    """Return the code for `en`, `en-US` or `eng` (ISO 639-1, -2 and -3); None for an unknown language."""
    code = re.split(r"[-_]", text.strip(), maxsplit=1)[0].casefold()
    return _LANGUAGES.get(code, code if code in _LANGUAGES.values() else None)


def three_letters(code: str) -> str | None:
    """Return the ISO 639-3 code for `en`, `en-US` or `eng`; None for an unknown language."""
    two = language_code(code)
    return next((three for three, known in _LANGUAGES.items() if known == two), None)


def language_called(text: str) -> str | None:
    """Return the code for a code or an English name, such as `haw` or `Hawaiian`; None for an unknown name.

    Whisper hears more languages than have names here, so every code of two or three letters is one.
    """
    code = re.fullmatch(r"([a-z]{2,3})(?:[-_].*)?", text.strip().lower())
    return _NAMES.get(fold(text)) or language_code(text) or (code[1] if code else None)


@cache
def language_name(code: str) -> str:
    """Return the English name of the language with a code, `German` for `de` or `de-AT`; an unknown code as it is."""
    return _NAMED.get(re.split(r"[-_]", code, maxsplit=1)[0].lower(), code)


def close_names(text: str) -> list[str]:
    """Return up to three English names that are spelled almost like `text`, the closest first."""
    return [name.title() for name in difflib.get_close_matches(fold(text), _NAMES, 3, 0.6)]
