"""Language names in tags and sidecars, converted to the codes that Whisper knows."""

import re

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


def language_code(text: str) -> str | None:
    """Return the code for `en`, `en-US` or `eng` (ISO 639-1, -2 and -3); None for an unknown language."""
    code = re.split(r"[-_]", text.strip(), maxsplit=1)[0].casefold()
    return _LANGUAGES.get(code, code if code in _LANGUAGES.values() else None)
