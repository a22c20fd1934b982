"""English words that say nothing of what a query is about. They are looked for only in quotes, or alone."""

from collections.abc import Sequence

from radio_archive.text.query import Node, Scope, Term
from radio_archive.text.spelling import fold

STOP_WORDS = frozenset(
    """a about after again all also an and any are as at be because been before being between both but by can could did
    do does doing done during each few for from get gets got had has have having he her here hers him his how i if in
    into is it its just let like many may me might more most much must my no nor not of off on once only or other our
    out over own same shall she should so some such than that the their theirs them then there these they this those
    through to too under until up upon us very was we were what when where which while who whom whose why will with
    would you your yours im ive whats wheres whos hows thats theres dont doesnt didnt isnt arent wasnt werent cant
    couldnt wont wouldnt another came come comes even ever gave give gives go goes going happen happened happens made
    make makes now said say says still take taken takes tell tells told took went yet""".split()
)

FEW = 3
"""Stop words that are looked for one by one, if there are no other words."""


def is_stop_word(node: Node) -> bool:
    """Whether a part of a query is a bare stop word. An abbreviation in capitals (US, IT, WHO) is none."""
    if not isinstance(node, Term) or node.exact or node.prefix or node.scope != Scope.ANYWHERE:
        return False
    return fold(node.text) in STOP_WORDS and not (len(node.text) > 1 and node.text.isupper())


def without_stop_words(parts: Sequence[Node]) -> tuple[Node, ...]:
    """Return the parts of a query that are no stop words. If there are no others, these are asked: many as a phrase.

    Of *to be or not to be*, each word is nearly everywhere.
    """
    telling = tuple(part for part in parts if not is_stop_word(part))
    if telling or len(parts) <= FEW:
        return telling or tuple(parts)
    return (Term(" ".join(part.text for part in parts if isinstance(part, Term)), exact=True),)
