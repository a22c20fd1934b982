"""File names that break programs."""

HOSTILE_NAMES = [
    "line\nbreak.mp3",
    "tab\tand \x1b[31mred.mp3",
    "'single' \"double\" `back`.mp3",
    "🎙️ on air 📻.mp3",
    "-starts with a dash.mp3",
    "[bold]markup[bold].mp3",
    "%s {0} $HOME; rm -rf x.mp3",
    "http:__example.mp3",
    "ʻŌlelo Hawaiʻi.mp3",
    "x" * 246 + ".mp3",
    "å" * 123 + ".mp3",
    "CON.mp3",
    " leading and trailing .mp3",
]
