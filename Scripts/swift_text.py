"""Reads Swift as text, well enough for the house rules: code without comments and strings, functions, imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

_IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|public|internal|private|fileprivate)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?([A-Za-z_]\w*)"
)
_FUNCTION = re.compile(r"\b(?:func\s+(\S+?)\s*[<(]|(init)[?!]?\s*[<(]|(deinit)\b|(subscript)\s*[<(])")
_OPENING = re.compile(r'(//)|(/\*)|(#*)("""|")')


def imported(line: str) -> str | None:
    """The module that a line of Swift imports."""
    match = _IMPORT.match(line)
    return match.group(1) if match else None


def blanked(text: str) -> str:
    """`text` with comments and string literals turned to spaces, so that lines and columns stay."""
    out: list[str] = []
    at = 0
    while match := _OPENING.search(text, at):
        out.append(text[at : match.start()])
        if match.group(1):
            end = text.find("\n", match.end())
            end = len(text) if end < 0 else end
        elif match.group(2):
            end = _comment_end(text, match.end())
        else:
            end = _string_end(text, match.end(), match.group(3), match.group(4))
        out.append(re.sub(r"[^\n]", " ", text[match.start() : end]))
        at = end
    out.append(text[at:])
    return "".join(out)


def _comment_end(text: str, at: int) -> int:
    """Where the block comment that is open at `at` ends; they nest."""
    depth = 1
    for match in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return at + match.end()
    return len(text)


def _string_end(text: str, at: int, hashes: str, quote: str) -> int:
    """Where the string literal whose content starts at `at` ends, with what it interpolates."""
    close, escape = quote + hashes, "\\" + hashes
    while at < len(text):
        if text.startswith(close, at):
            return at + len(close)
        if text.startswith(escape + "(", at):
            at = _interpolation_end(text, at + len(escape) + 1)
        elif text.startswith(escape, at):
            at += len(escape) + 1
        elif quote == '"' and text[at] == "\n":
            return at
        else:
            at += 1
    return len(text)


def _interpolation_end(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        if match := re.compile(r'(#*)("""|")').match(text, at):
            at = _string_end(text, match.end(), match.group(1), match.group(2))
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def functions(code: str) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines of each function with a body in blanked code."""
    for match in _FUNCTION.finditer(code):
        body = _body(code, match.end() - 1)
        if body:
            first = code.count("\n", 0, match.start()) + 1
            name = next(group for group in match.groups() if group)
            yield name, first, code.count("\n", match.start(), body[1]) + 1


def _body(code: str, at: int) -> tuple[int, int] | None:
    """Start and end of the braces of the declaration whose parameter list or body comes at `at`."""
    depth = 0
    for index in range(at, len(code)):
        character = code[index]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and character == "{":
            return index, _closing(code, index)
        elif depth == 0 and character == "}":
            return None
        elif depth == 0 and character == "\n" and _ends_declaration(code, index):
            return None
        if depth < 0:
            return None
    return None


def _ends_declaration(code: str, newline: int) -> bool:
    """Whether a declaration without a body (a protocol's) ends at this line's end."""
    rest = code[newline:].lstrip()
    return not re.match(r"\{|where\b|->|throws\b|async\b|rethrows\b|\)|:", rest)


def _closing(code: str, at: int) -> int:
    depth = 0
    for index in range(at, len(code)):
        if code[index] == "{":
            depth += 1
        elif code[index] == "}":
            depth -= 1
            if depth == 0:
                return index
    return len(code)
