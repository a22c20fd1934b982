"""Captions in XML for broadcasters: EBU-TT-D, which is also IMSC 1 Text.

https://tech.ebu.ch/publications/tech3380, https://www.w3.org/TR/ttml-imsc1.2/
"""

from radio_archive.formats.cues import WORDS_OWN_TIMES, CaptionStyle, Cue, clock, cues
from radio_archive.formats.vtt import escape
from radio_archive.formats.xml import clean
from radio_archive.models import Clip
from radio_archive.text.versions import text_note

_START = """\
<?xml version="1.0" encoding="utf-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ebuttm="urn:ebu:tt:metadata" ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang="{language}">
  <head>
    <metadata>
      <ttm:title>{title}</ttm:title>
      <ttm:desc>{about}</ttm:desc>
{agents}      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1/text</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>
    </metadata>
    <styling>
      <style xml:id="caption" tts:fontFamily="proportionalSansSerif" tts:lineHeight="125%" tts:textAlign="center"/>
      <style xml:id="text" tts:color="#ffffff" tts:backgroundColor="#000000"/>
    </styling>
    <layout>
      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>
    </layout>
  </head>
  <body>
    <div style="caption">
"""
_AGENT = """\
      <ttm:agent xml:id="{id}" type="person"><ttm:name type="full">{name}</ttm:name></ttm:agent>
"""
_END = "    </div>\n  </body>\n</tt>\n"


def write(clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES) -> str:
    """Return the captions of `clip`. The head has its title, show, reporter and date, and says if it is corrected.

    It has the speakers, too, if they are known, as agents.
    """
    facts = (clip.show, clip.reporter, clip.date, text_note(clip))
    about = "; ".join(cleaned for fact in facts if fact and (cleaned := clean(fact)))
    captions = cues(clip, style)
    names = dict.fromkeys(cue.speaker for cue in captions if clean(cue.speaker or ""))
    agents = {name: f"s{number}" for number, name in enumerate(names, start=1)}
    start = _START.format(
        language=_quoted(clip.language or ""), title=_text(clip.title), about=_text(about),
        agents="".join(_AGENT.format(id=key, name=_text(name or "")) for name, key in agents.items()),
    )  # fmt: skip
    lines = (_paragraph(number, cue, agents.get(cue.speaker)) for number, cue in enumerate(captions, start=1))
    return start + "".join(lines) + _END


def _paragraph(number: int, cue: Cue, agent: str | None) -> str:
    language = f' xml:lang="{_quoted(cue.language)}"' if cue.language else ""
    speaker = f' ttm:agent="{agent}"' if agent else ""
    lines = "<br/>".join(map(_text, cue.lines))
    return (
        f'      <p xml:id="c{number}" region="bottom" begin="{clock(cue.start, ".")}" end="{clock(cue.end, ".")}"'
        f'{language}{speaker}><span style="text">{lines}</span></p>\n'
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _quoted(text: str) -> str:
    return _text(text).replace('"', "&quot;")
