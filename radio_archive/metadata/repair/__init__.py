"""Names that were misheard, and the spelling that the story, the glossary or the roster has for them."""
