"""An answer's indentation made the file's own.

Models hand a region back moved to the left margin, with its first line alone moved there, or with spaces where the file
has tabs. What they say about layout is read from the lines that the answer and the old text share; lines that begin
inside a string are text, not layout, and stay unless a shared line says otherwise.

Lines that a reply quotes may be moved too: then all of them have to say the same (`mover`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from glm_lsp.reply.blocks import Lines
from glm_lsp.text.lines import Text, indentation

TAB = "\t"


def rebased(answer: Lines, old: Lines, file: Lines, language: str) -> Lines:
    """`answer`, the new text of the lines `old` of `file`, at the indentation of `old` and in its unit."""
    text = string_lines(answer, language)
    answer = _in_unit(answer, text, old, file)
    code = [line for row, line in enumerate(answer) if line.strip() and row not in text]
    before = [line for line in old if line.strip()]
    if not code or not before or indentation(code[0]) == indentation(before[0]):
        return answer
    if _first_alone(code, before):
        first = next(row for row, line in enumerate(answer) if line.strip())
        return (*answer[:first], indentation(before[0]) + answer[first].lstrip(" \t"), *answer[first + 1 :])
    target, given = _shift(code, before)
    if target == given:
        return answer
    moved = [_moved(line, given, target) if line.strip() else line for line in answer]
    known, by_moving = set(old), False
    for row in sorted(text):
        if row - 1 not in text:
            by_moving = False
        if answer[row] in known:
            by_moving = False
        elif moved[row] in known:
            by_moving = True
        if not by_moving:
            moved[row] = answer[row]
    return tuple(moved)


def string_lines(lines: Sequence[str], language: str) -> frozenset[int]:
    """The lines that begin inside a string or heredoc; none where the language has no grammar."""
    from glm_lsp.syntax.tree import multiline_strings, parse

    tree = parse(Text.of("\n".join(lines)), language)
    return multiline_strings(tree) if tree is not None else frozenset()


def unit(lines: Sequence[str]) -> str:
    """One level of indentation as these lines have it: a tab, some spaces, or "" if nothing is indented."""
    leads = [indentation(line) for line in lines if line.strip()]
    tabs = sum(lead.startswith(TAB) for lead in leads)
    if tabs * 2 > sum(bool(lead) for lead in leads):
        return TAB
    widths = [len(lead) for lead in leads if TAB not in lead]
    steps = Counter(b - a for a, b in pairwise(widths) if b - a > 1)
    if steps:
        return " " * max(steps, key=lambda step: (steps[step], -step))
    least = min((width for width in widths if width), default=0)
    return " " * least


def _in_unit(answer: Lines, text: frozenset[int], old: Lines, file: Lines) -> Lines:
    """Tabs for spaces, spaces for tabs, or levels of another width, where the answer has one and the file the other."""
    own = unit(old) or unit(file)
    leads = [indentation(line) for row, line in enumerate(answer) if line.strip() and row not in text]
    given = unit([line for row, line in enumerate(answer) if row not in text])
    if own == TAB and given.startswith(" ") and not any(TAB in lead for lead in leads):
        return tuple(line if row in text else _tabbed(line, len(given)) for row, line in enumerate(answer))
    if own.startswith(" ") and given == TAB and not any(" " in lead for lead in leads):
        return tuple(
            line if row in text else indentation(line).replace(TAB, own) + line.lstrip(" \t")
            for row, line in enumerate(answer)
        )
    if own.startswith(" ") and given.startswith(" ") and own != given:
        return _scaled(answer, text, old, len(given), len(own))
    return answer


def _scaled(answer: Lines, text: frozenset[int], old: Lines, given: int, own: int) -> Lines:
    """Levels of `given` spaces made levels of `own`, if the lines that stand in both texts all say so."""
    code = [line for row, line in enumerate(answer) if line.strip() and row not in text]
    least, least_old = (
        min((len(indentation(line)) for line in each if line.strip()), default=0) for each in (code, old)
    )
    shared = [(len(a) - least, len(b) - least_old) for a, b in _shared(code, old) if len(a) > least]
    if (
        not shared
        or any(TAB in indentation(line) or (len(indentation(line)) - least) % given for line in code)
        or any(deeper * own != there * given for deeper, there in shared)
    ):
        return answer
    return tuple(
        line
        if row in text or not line.strip()
        else " " * (least + (len(indentation(line)) - least) // given * own) + line.lstrip(" ")
        for row, line in enumerate(answer)
    )


def _tabbed(line: str, width: int) -> str:
    lead = len(indentation(line))
    return TAB * (lead // width) + " " * (lead % width) + line[lead:]


def _first_alone(code: Sequence[str], before: Sequence[str]) -> bool:
    """Whether only the first line lost its indentation, as it does when a reply is trimmed."""
    target = indentation(before[0])
    if indentation(code[0]) or len(code) < 2 or any(not line.startswith(target) for line in code[1:]):
        return False
    shared = _shared(code[1:], before)
    if shared:
        return all(given == target for given, target in shared)
    if len(before) < 2:
        return False
    return len(indentation(code[1])) == len(indentation(before[1]))


def _shift(code: Sequence[str], before: Sequence[str]) -> tuple[str, str]:
    """The indentation that is to be, and the one that is, of the lines all others are moved along with."""
    moves = {(target, given) for given, target in _shared(code, before)}
    if len({len(target) - len(given) for target, given in moves}) == 1:
        return min(moves, key=lambda move: len(move[1]))
    least = min((indentation(line) for line in code), key=len)
    return min((indentation(line) for line in before), key=len), least


def _shared(code: Sequence[str], before: Sequence[str]) -> list[tuple[str, str]]:
    """The indentation, in the answer and in the old text, of each line that stands once in both."""
    before = [line for line in before if line.strip()]
    ours, theirs = Counter(line.strip() for line in before), Counter(line.strip() for line in code)
    place = {line.strip(): indentation(line) for line in before}
    return [
        (indentation(line), place[line.strip()])
        for line in code
        if theirs[line.strip()] == 1 and ours[line.strip()] == 1
    ]


def _moved(line: str, given: str, target: str) -> str:
    lead = indentation(line)
    if lead.startswith(given):
        return target + line[len(given) :]
    # Less indented than the line it moves with: by as much as it can.
    drop = len(given) - len(target)
    return line[min(drop, len(lead)) :] if drop > 0 else target[:-drop] + line


def mover(old: Lines, there: Sequence[str], file: Lines) -> Callable[[str], str | None] | None:
    """How a line indented as in `old` is indented as in `there`; None if it is not the same for all lines."""
    pairs = {(indentation(a), indentation(b)) for a, b in zip(old, there, strict=True) if a.strip()}
    if not pairs:
        return None
    given, target = min(pairs, key=lambda pair: len(pair[0]))
    if all(a.startswith(given) and b == target + a[len(given) :] for a, b in pairs):

        def shift(line: str) -> str | None:
            lead = indentation(line)
            if not line.strip():
                return line
            if lead.startswith(given):
                return target + line[len(given) :]
            less = len(given) - len(lead)
            # Less indented than anything quoted: it moves by the same amount, if there is so much.
            if given.startswith(lead) and target.endswith(given[len(given) - less :]):
                return target[: len(target) - less] + line[len(lead) :]
            return None

        return shift
    return _unit_mover(pairs, unit(old), unit(there) or unit(file))


def _unit_mover(pairs: set[tuple[str, str]], given: str, target: str) -> Callable[[str], str | None] | None:
    """From one unit of indentation to another, levels counted."""
    if not given or not target or given == target:
        return None
    levels = {(_levels(a, given), _levels(b, target)) for a, b in pairs}
    deltas = {b - a if a is not None and b is not None else None for a, b in levels}
    if len(deltas) != 1 or None in deltas:
        return None
    delta = deltas.pop() or 0

    def convert(line: str) -> str | None:
        level = _levels(indentation(line), given)
        if not line.strip():
            return line
        return target * (level + delta) + line.lstrip(" \t") if level is not None and level + delta >= 0 else None

    return convert


def _levels(lead: str, unit_: str) -> int | None:
    count, rest = divmod(len(lead), len(unit_))
    return count if not rest and lead == unit_ * count else None
