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
      <ebuttm:documentMetadata>
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
_END = "    </div>\n  </body>\n</tt>\n"


def write(clip: Clip, style: CaptionStyle = WORDS_OWN_TIMES) -> str:
    """Return the captions of `clip`. The head has its title, show, reporter and date, and says if it is corrected."""
    facts = (clip.show, clip.reporter, clip.date, text_note(clip))
    about = "; ".join(cleaned for fact in facts if fact and (cleaned := clean(fact)))
    start = _START.format(language=_quoted(clip.language or ""), title=_text(clip.title), about=_text(about))
    return start + "".join(_paragraph(number, cue) for number, cue in enumerate(cues(clip, style), start=1)) + _END


def _paragraph(number: int, cue: Cue) -> str:
    language = f' xml:lang="{_quoted(cue.language)}"' if cue.language else ""
    lines = "<br/>".join(map(_text, cue.lines))
    return (
        f'      <p xml:id="c{number}" region="bottom" begin="{clock(cue.start, ".")}" end="{clock(cue.end, ".")}"'
        f'{language}><span style="text">{lines}</span></p>\n'
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _quoted(text: str) -> str:
    return _text(text).replace('"', "&quot;")
