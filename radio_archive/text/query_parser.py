"""Puts the tokens of a query together: operators, brackets, exclusions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from radio_archive.text.query_tokens import SCOPES, QueryToken
from radio_archive.text.query_tree import NEAR_WORDS, Aired, AllOf, AnyOf, Near, Node, Scope, Term, Without


@dataclass(slots=True)
class Group:
    """What stands in one pair of brackets, or in the whole query. No part of `wanted` is an AllOf."""

    wanted: list[Node] = field(default_factory=list)
    unwanted: list[Node] = field(default_factory=list)

    @property
    def node(self) -> Node | None:
        wanted = all_of(self.wanted)
        return Without(wanted, tuple(self.unwanted)) if wanted and self.unwanted else wanted

    def exclude(self, other: "Group") -> None:
        """Exclude another group; `-(-a)` is the same as `-a`."""
        node = other.node
        self.unwanted += other.unwanted if node is None else node.parts if isinstance(node, AnyOf) else [node]

    def add(self, alternatives: Sequence["Group"]) -> None:
        """Add one group, or one of several. An exclusion without a word holds for this group as a whole."""
        real = [group for group in alternatives if group.wanted]
        for group in alternatives if len(real) < 2 else [group for group in alternatives if not group.wanted]:
            self.unwanted += group.unwanted
        if len(real) == 1:
            self.wanted += real[0].wanted
        elif real:
            nodes = [node for group in real if (node := group.node)]
            either = [part for node in nodes for part in (node.parts if isinstance(node, AnyOf) else (node,))]
            self.wanted.append(AnyOf(tuple(either)))

    def changed(self, change: Callable[[Term], Term]) -> "Group":
        """Return the same with every term changed."""
        return Group(*([changed(node, change) for node in part] for part in (self.wanted, self.unwanted)))

    def within(self, scope: Scope) -> "Group":
        """Return the same with all terms in one text, except those that have one of their own."""
        return self.changed(lambda term: replace(term, scope=scope) if term.scope == Scope.ANYWHERE else term)


def grouped(tokens: Sequence[QueryToken]) -> Group:
    """Return what the tokens of a query, without its filters, ask for."""
    return _Parser(tokens).group()


def all_of(parts: Sequence[Node]) -> Node | None:
    """Return a node that has all of the parts; None without any."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def changed(node: Node, change: Callable[[Term], Term]) -> Node:
    """Return `node` with every term changed."""
    match node:
        case Term():
            return change(node)
        case Near(terms, distance):
            return Near(tuple(map(change, terms)), distance)
        case AllOf(parts):
            return AllOf(tuple(changed(part, change) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(changed(part, change) for part in parts))
        case Without(wanted, unwanted):
            return Without(changed(wanted, change), tuple(changed(part, change) for part in unwanted))
        case Aired():
            return node


class _Parser:
    """Reads the tokens from left to right."""

    def __init__(self, tokens: Sequence[QueryToken]) -> None:
        self._tokens, self._at = tokens, 0

    def group(self) -> Group:
        """Read up to the end or to a closing bracket."""
        whole, units, after = Group(), list[list[Group]](), ""
        while self._at < len(self._tokens) and self._tokens[self._at].bracket != ")":
            is_choice = False
            if after and self._operator(self._at) in {"AND", "OR"} and self._may_follow(self._at + 1):
                is_choice = after == "wanted" and self._operator(self._at) == "OR"
                self._at += 1
            is_excluded, unit = self._takes_not(), self._unit()
            after = "unwanted" if is_excluded else "wanted"
            if is_excluded:
                whole.exclude(unit)
            elif is_choice:
                units[-1].append(unit)
            else:
                units.append([unit])
        for alternatives in units:
            whole.add(alternatives)
        return whole

    def _operator(self, at: int) -> str:
        return self._tokens[at].operator if at < len(self._tokens) else ""

    def _is_operand(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].bracket != ")" and not self._operator(at)

    def _may_follow(self, at: int) -> bool:
        """Whether AND or OR may stand before the token at `at`."""
        return self._is_operand(at + 1 if self._operator(at) == "NOT" else at)

    def _takes_not(self) -> bool:
        """Read a NOT; return whether the next unit is excluded."""
        if self._operator(self._at) == "NOT" and self._is_operand(self._at + 1):
            self._at += 1
            return True
        return self._tokens[self._at].sign == "-"

    def _unit(self) -> Group:
        """Read brackets, or a term with the terms that NEAR joins to it."""
        token = self._tokens[self._at]
        self._at += 1
        if token.bracket:
            inside = self.group()
            self._at += 1
            if token.sign == "+":
                inside = inside.changed(lambda term: replace(term, exact=True))
            return inside.within(SCOPES[token.field]) if token.field else inside
        terms, distance = [token.term], 0
        while self._operator(self._at) == "NEAR" and self._is_operand(self._at + 1):
            near, following = self._tokens[self._at], self._tokens[self._at + 1]
            if following.sign == "-" or following.bracket or following.term.scope != terms[0].scope:
                break
            terms.append(following.term)
            distance = max(distance, NEAR_WORDS if near.distance is None else near.distance)
            self._at += 2
        return Group([terms[0] if len(terms) == 1 else Near(tuple(terms), distance)])
