"""How people on air say who they are and which show this is: data, one value per language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnnouncementPhrases:
    """The fixed phrases of one language: regular expressions that match whole folded words.

    Folded, `I'm` is `im`; the possessive `'s` is a word of its own.
    """

    before_name: str
    """Stands before the name of the speaker."""
    ident: str
    """Stands before the name of a show or station."""
    ident_weak: str
    """The same, but common in other sentences too: accepted before known names only."""
    lead: str
    """Stands before the name of a show or station in a sign-off."""
    working_for: str
    """A `lead` that does not introduce a person."""
    preface: str
    """The start of a sentence that gives a name. Any other start is narration."""
    after_name: str
    """What follows the name. Anything else (`and I live here`, `a farmer`) is a soundbite."""
    conjunction: str
    """Stands between the names of two speakers."""
    personal: str
    """The start of the next sentence when someone who is not an anchor talks about their life."""
    host: str
    """Stands between `before_name` and the name of a speaker who is the host."""
    back_before: str
    """Stands before the name of a reporter whose piece has ended, if `back_after` follows."""
    back_by: str
    """Stands before that name, with any text after it."""
    announced: str
    """Stands before the name of a reporter, understood or not, whom the host names after the piece."""
    back_after: str
    """Stands after that name."""
    handover_before: str
    """Stands before the name of a reporter whose piece begins."""
    handover_after: str
    """Stands after that name."""
    handover_rest: str
    """The start of `handover_after` where an engine begins a sentence with it."""
    handover_lead: str
    """Stands before that name if the name does not start the sentence or a clause."""
    saying: str
    """Stands before the words of somebody who is quoted."""
    outro: str
    """The start of a closing sentence after a sign-off; all that follows is part of the outro."""
    filler: str
    """Words after a name that are not part of it, even when they are capitalized."""
    station: str
    """A word in the names of stations."""
    not_a_person: str
    """A word that no person's name contains."""
    particles: str
    """Lower-case words within names."""
    articles: str
    contracted: str
    """Words after which 's is not a possessive."""


ENGLISH = AnnouncementPhrases(
    before_name="im|i am|this is|ive been",
    ident="this is|this has been|you(?:re| are|ve been) (?:listening|tuned) to|welcome(?: back)? to",
    ident_weak="its|it is|and now|on",
    lead="for|with|from|at|on|of",
    working_for="for",
    preface="(?:and |so |but |once )?(?:reporting|for|from|with|in|at|on|here|live|im|this|its|it is|hello|hi"
    "|again|aloha"
    "|welcome|until|thanks|thank you|you(?:re|ve| are)|that(?: s|s)?|good (?:morning|afternoon|evening|day|night))",
    after_name="in|at|on|from|for|with|reporting|here|live|back to|sitting in|filling in|along with|your host|thanks"
    "|thank you"
    "|good (?:night|day|morning|afternoon|evening)|aloha|mahalo|im|this is|this has been|you(?:re|ve)|welcome"
    "|and (?:this|you|youre|im|i am|welcome|here|heres|thats|thank|thanks|its|from|for|in)",
    conjunction="and",
    personal="i|im|ive|id|my|me",
    host="your host|the host|your anchor",
    back_before="(?:and )?that was|thats|reporter|you(?:re| are|ve been) listening to",
    back_by="(?:this|that) (?:report|story|piece) (?:was |is |comes |came )?(?:reported |produced )?(?:from|by)"
    "|reported by",
    announced="that (?:report|story|piece) (?:was|is|comes|came)",
    back_after="reporting|with (?:this|that) (?:story|report)"
    "|reports(?=$| from| for| in| live)|reported (?:this|that|from)",
    handover_before="heres|here is|our reporter|reporter|correspondent|our colleague|(?:we|lets) go to|(?:more"
    "|report)(?: now)? from|(?:here )?with (?:more|details|(?:the|this|that) (?:story|report|details)) (?:is|heres)",
    handover_after="reports(?=$| from| on| for| in| live| tonight| how| why| not)"
    "|(?:now )?has (?:more|details|(?:the|this|our|that|a) (?:story|details|latest|rest|report))(?=$| on| about| from"
    "| for| of| in)"
    "|with (?:more|details|(?:the|this|that) (?:story|report|details|latest))"
    "|(?:tells|brings|joins) us|takes (?:us|a look|a closer look)|explains|explores|looks (?:at|into)"
    "|filed this|is (?:live )?(?:in|at) \\S+(?: \\S+)? with|(?:has been|is) (?:following|covering|looking)"
    "|found out|(?:spoke|talked) (?:to|with)|visited",
    handover_rest="has|with more",
    handover_lead="as|and|but|now|reporter|correspondent|colleague|producer|heres|here is|go to|s",
    saying="said|says|say|saying|told|tell|tells|asked|asks|added|adds|replied|wrote|shouted|goes|like|hello|hi",
    outro="support|funding|(?:this|that) (?:story|report|piece|program|project|episode|show|interview)"
    " (?:was|is|comes|came|has been)|you can|find (?:more|out|us)|(?:read|learn|hear) more|for more|thanks|thank you"
    "|our (?:theme|producer|producers|editor|engineer|show|team|website|music)|coming up|stay tuned|join us|its \\d+"
    "|the time is|music|production|produced|edited|engineering|next (?:week|time|up|on)|more (?:at|on|to come|news)"
    "|good (?:night|day)|aloha|mahalo|see you|subscribe|copyright|ahead|back to|(?:well|ill) be back|thats (?:it|all)",
    filler="news|newsroom|here|in|on|at|from|for|with|and|im|i|this|its|your|the|today|tonight|you|youre|a|jr|sr",
    station="radio|broadcasting|network|fm|station",
    not_a_person="the|this|that|a|an|our|his|her|their|radio|news|report|show|guard|police|department|service|council"
    "|university|authority|board|agency|company|court|center|office|association|hospital|school|committee|commission"
    "|county|state|city|church|union|bank|institute|museum|army|navy|force|officials|street|island|islands"
    "|beach|airport",
    particles="van|von|der|den|de|da|del|la|le|di|du|dos|bin|al|el|ter|y",
    articles="the|a|an",
    contracted="it|that|here|there|what|let|who|he|she|where|how|this|everyone|when|why",
)

LANGUAGES = (ENGLISH,)
"""The languages in which names are searched for."""
