"""A review at a terminal: shows each item, plays it, and does what a key asks for."""

import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from radio_archive.archive.clips import quotes, review
from radio_archive.cli.display import players
from radio_archive.cli.display.keyboard import PASTE, Keyboard
from radio_archive.cli.display.output import complain, count, stdout_console
from radio_archive.errors import AudioError, MediaMissingError, StaleTextError, UsageError
from radio_archive.text.times import clock

if TYPE_CHECKING:
    from radio_archive.archive.archive import Archive
    from radio_archive.archive.clips.review import Done, Item

PROMPT = "[a]ccept  [r] keep  [e]dit  [s]kip  [u]ndo  [p]lay  [q]uit ?"
KEYS = frozenset("a123resupq")
"""The keys that do something: see `Session._acts`."""
CALLED = {
    "accepted": "accepted",
    "rejected": "rejected",
    "covered": "changed",
    "right": "kept",
    "skipped": "skipped",
}
"""What the summary calls what became of items."""


class Session:
    """One sitting of a person: what was decided in it can be undone, back to the first."""

    def __init__(self, archive: "Archive", author: str, *, silent: bool) -> None:
        self._archive, self._author = archive, author
        self._plays = not silent and players.is_installed()
        self._done: list[tuple[Item, Done]] = []
        self._again: list[Item] = []
        self._ends = False
        self._keyboard = Keyboard()

    @property
    def summary(self) -> str:
        """What was done, in one line."""
        counted = Counter(CALLED[done.state] for _, done in self._done)
        parts = [f"{number} {what}" for what, number in counted.items()]
        return f"{count(len(self._done), 'place')} reviewed{': ' + ', '.join(parts) if parts else ''}."

    def walk(self, items: "Iterable[Item]") -> None:
        """Go through the items until the end, or until the person ends it."""
        with self._keyboard:
            for shown in items:
                self._again = [shown]
                while self._again and not self._ends:
                    known = self._again.pop()
                    # Meanwhile it may have been decided, by what was decided about another one or by somebody else.
                    now = review.item(self._archive, known.id)
                    if now is not None:
                        self._ask(now)
                if self._ends:
                    return

    def _ask(self, one: "Item") -> None:
        self._print(one)
        plays = self._plays
        while True:
            with self._sound(one, plays=plays):
                key = self._key()
            plays = key == "p"
            act = self._acts(one).get(key)
            if key == PASTE:
                complain("  what is pasted does nothing here: press e, and paste it there")
            if act is None:
                continue
            try:
                if act():
                    return
            except UsageError as error:
                complain(str(error))
            except StaleTextError as error:
                complain(f"{error.problem}.")
                return

    def _acts(self, one: "Item") -> Mapping[str, Callable[[], bool]]:
        """Return what each key does; true where the item is done with."""
        choices = {str(n + 1): partial(self._accept, one, n) for n in range(review.OFFERED)}
        return {
            **choices,
            "a": choices["1"],
            "r": lambda: self._did(one, review.reject(self._archive, one, self._author)),
            "s": lambda: self._did(one, review.skip(self._archive, one, self._author)),
            "e": lambda: self._edit(one),
            "u": lambda: self._undo(one),
            "p": lambda: False,
            "q": self._quit,
        }

    def _accept(self, one: "Item", choice: int) -> bool:
        return self._did(one, review.accept(self._archive, one, self._author, choice))

    def _did(self, one: "Item", done: "Done") -> bool:
        self._done.append((one, done))
        complain(f"  {CALLED[done.state]}")
        return True

    def _edit(self, one: "Item") -> bool:
        text = self._keyboard.line("New text: ", one.text)
        if text is None:
            complain("  not changed")
            return False
        return self._did(one, review.write(self._archive, one, text, self._author))

    def _undo(self, one: "Item") -> bool:
        if not self._done:
            complain("  nothing to undo")
            return False
        before, done = self._done.pop()
        review.undo(self._archive, done)
        complain(f"  undone: {before.text}")
        self._again = [one, before]
        return True

    def _quit(self) -> bool:
        self._ends = True
        return True

    def _key(self) -> str:
        sys.stdout.write(f"{textwrap.fill(PROMPT, stdout_console().width)} ")
        sys.stdout.flush()
        try:
            key = self._keyboard.key().lower()
        except (KeyboardInterrupt, EOFError):
            key = "q"
        sys.stdout.write(f"{key if key.isprintable() else ''}\n")
        return key

    @contextmanager
    def _sound(self, one: "Item", *, plays: bool) -> Iterator[None]:
        """Play an item while a key is waited for."""
        with ExitStack() as stack:
            try:
                if plays:
                    said = quotes.passage(self._archive, one.clip.uid, one.heard_from, one.heard_to)
                    start, end = said.offset + said.start, said.offset + said.end
                    stack.enter_context(players.playing(said.path, start, end))
            except (UsageError, MediaMissingError, AudioError) as error:
                complain(str(error))
            yield

    def _print(self, one: "Item") -> None:
        from rich.text import Text

        console = stdout_console()
        where = [one.clip.show, one.clip.date, one.clip.title, clock(one.start)]
        console.print()
        console.print(Text(f"{' · '.join(part for part in where if part)}  ({one.about}, {one.clip.uid})", "dim"))
        context = Text.assemble(f"… {one.before} ", (f"[{one.text}]", "bold reverse"), f" {one.after} …")
        console.print(context)
        for number, offer in enumerate(one.offers, 1):
            instead = f" for “{offer.heard}”" if offer.heard != one.text else ""
            why = f"  ← {offer.evidence}" if offer.evidence else ""
            text = (offer.text or "(remove it)", "bold green")
            console.print(Text.assemble(f"  {number}  ", text, instead, (why, "dim")))
