#!/usr/bin/env python3
"""The house rules that no ready-made tool knows: sizes, imports between rooms, words that must not stand, links.

usage: house_check.py [--links]     (--links: only the links of the documents)
Prints one line a fault, `path:line: what is wrong`, and ends with 1 when there is one. Standard library only.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import swift_text

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
SOURCE_SUFFIXES = {".swift", ".ts", ".tsx", ".py", ".c", ".h", ".css"}
SIZED_SUFFIXES = {".swift", ".ts", ".tsx", ".py"}
# What a tool writes from another file of ours, committed so that a build needs no such tool.
GENERATED_SUFFIX = ".pb.swift"

# The floors of the house, each from left to right. A room imports lower floors, and rooms to its left on its own.
FLOORS: list[list[str]] = [
    ["Kernel", "Statistics", "WireTypes"],
    [
        *("NativeLibraries", "Processes", "Outbound", "Database", "Analytics"),
        *("ObjectStore", "KeyValue", "EventStream", "Inference"),
    ],
    [
        *("Ledger", "Artifacts", "Tracking", "Registry", "Datasets", "Features", "Modules"),
        *("Training", "Serving", "Monitoring", "Pipelines", "Governance", "Gateway", "Webhooks", "MLflowImport"),
    ],
    ["Martlet", "OpenInferenceMessages", "Server", "CommandLine"],
]
GROUND, ENGINES, CAPABILITIES, FACES = range(4)
PLACE = {room: (floor, column) for floor, rooms in enumerate(FLOORS) for column, room in enumerate(rooms)}
# What the ground may see besides itself: values only, no input or output.
GROUND_MODULES = {"FoundationEssentials", "Crypto", "Glibc", "Musl", "Darwin", "Synchronization"}
HTTP_MODULES = re.compile(r"(Hummingbird|HTTPTypes|NIOHTTP|AsyncHTTPClient)")

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(
    r"(?<![a-z0-9])/(?:" + "|".join(["wo" + "rk", "fa" + "rm", "ro" + "ot"]) + r")/|/opt/sw" + "ift"
)
REGISTRY_HOSTS = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", r"deb\." + "debian", r"registry\." + "npmjs"])
)
LEFT_TO_DO = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
NEVER = re.compile(r"\b(?:try!|as!)")
NEEDS_REASON = re.compile(r"\bfatalError\(|@unchecked Sendable|\bnonisolated\(unsafe\)")


@dataclass(frozen=True)
class Fault:
    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.text}"


def project_files() -> list[Path]:
    """Every file that is, or could be, committed; without git, every file outside hidden and built folders."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0:
        names = {name for name in listing.stdout.split("\0") if name}
        return [path for path in sorted(ROOT / name for name in names) if path.is_file()]
    return [
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not any(part.startswith(".") or part == "dist" for part in path.relative_to(ROOT).parts)
    ]


def check_size(path: Path, lines: list[str]) -> Iterator[Fault]:
    if path.suffix in SIZED_SUFFIXES and len(lines) > FILE_LINES_MAX:
        yield Fault(path, len(lines), f"{len(lines)} lines; the wall is {FILE_LINES_MAX}: part it by subject")


def check_functions(path: Path, text: str) -> Iterator[Fault]:
    if path.suffix == ".py":
        found = [
            (node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    elif path.suffix == ".swift":
        found = swift_text.functions(swift_text.blanked(text))
    else:
        return
    for name, line, length in found:
        if length > FUNCTION_LINES_MAX:
            yield Fault(path, line, f"{name} has {length} lines; the wall is {FUNCTION_LINES_MAX}")


def check_words(path: Path, lines: list[str]) -> Iterator[Fault]:
    for number, line in enumerate(lines, 1):
        if match := MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line):
            yield Fault(path, number, f"'{match.group()}' names a machine's path or a registry")
        if path.suffix in SOURCE_SUFFIXES and (match := LEFT_TO_DO.search(line)):
            yield Fault(path, number, f"'{match.group()}': do it, or leave it out")


def check_swift_words(path: Path, lines: list[str], code: list[str]) -> Iterator[Fault]:
    for index, line in enumerate(code):
        if match := NEVER.search(line):
            yield Fault(path, index + 1, f"'{match.group()}' crashes on what it did not expect")
        shipped = path.relative_to(ROOT).parts[0] == "Sources"
        if shipped and (match := NEEDS_REASON.search(line)) and not has_reason(lines, index):
            yield Fault(path, index + 1, f"'{match.group()}' needs a comment directly above that proves it sound")


def has_reason(lines: list[str], index: int) -> bool:
    """Whether a comment stands directly above the statement at `index`, which may begin a few lines higher."""
    for above in range(index - 1, max(-1, index - 5), -1):
        stripped = lines[above].strip()
        if stripped.startswith(("//", "*", "/*")):
            return True
        if not stripped or stripped.endswith(("{", "}", ";")):
            return False
    return False


def check_imports(path: Path, code: list[str]) -> Iterator[Fault]:
    parts = path.relative_to(ROOT).parts
    if parts[0] != "Sources" or len(parts) < 3:
        return
    room = parts[1]
    if room not in PLACE:
        yield Fault(path, 1, f"'{room}' is no room of the house: give it a place in Scripts/house_check.py")
        return
    for number, line in enumerate(code, 1):
        if (module := swift_text.imported(line)) and (reason := refused_import(room, module)):
            yield Fault(path, number, f"{room} must not import {module}: {reason}")


def refused_import(room: str, module: str) -> str | None:
    """Why `room` may not import `module`, or nothing when it may."""
    floor, column = PLACE[room]
    if module in PLACE:
        other_floor, other_column = PLACE[module]
        if other_floor > floor:
            return "it lies on a floor above"
        if other_floor == floor and other_column >= column:
            return "it lies to the right on the same floor"
        if module == "WireTypes" and floor == CAPABILITIES:
            return "a capability never sees a wire type"
        return None
    if floor == GROUND and module not in GROUND_MODULES:
        return "the ground holds values only"
    if module.startswith("C") and (ROOT / "Sources" / module / "include").is_dir():
        if floor == CAPABILITIES:
            return "C stays in the engines"
    elif floor == CAPABILITIES and HTTP_MODULES.match(module):
        return "a capability never speaks HTTP"
    return None


def anchors(markdown: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", markdown, re.MULTILINE):
        plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def check_links(path: Path, lines: list[str]) -> Iterator[Fault]:
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        for target in re.findall(r"\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)", re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            if not file.exists():
                yield Fault(path, number, f"the link {target} leads nowhere")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                yield Fault(path, number, f"{name or path.name} has no heading #{anchor}")


def check_file(path: Path, links_only: bool) -> Iterator[Fault]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    lines = text.splitlines()
    if path.suffix == ".md":
        yield from check_links(path, lines)
    if links_only:
        return
    by_hand = not path.name.endswith(GENERATED_SUFFIX)
    if by_hand:
        yield from check_size(path, lines)
        yield from check_functions(path, text)
    if path.name != ".gitignore":
        yield from check_words(path, lines)
    if path.suffix == ".swift":
        code = swift_text.blanked(text).splitlines()
        if by_hand:
            yield from check_swift_words(path, lines, code)
        yield from check_imports(path, code)


def main() -> int:
    links_only = "--links" in sys.argv[1:]
    faults = [fault for path in project_files() for fault in check_file(path, links_only)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
