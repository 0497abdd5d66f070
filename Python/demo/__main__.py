"""usage: python -m demo --url http://127.0.0.1:5000 [--data-dir DIR]

Runs the demo against a Martlet server. What an earlier run has left is not made again. With --data-dir it leaves
DIR/demo.json, by which Scripts/run knows that all of it is there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import quiet, terminal

if TYPE_CHECKING:
    from .story import Story


def main() -> int:
    parser = argparse.ArgumentParser(description="Martlet's demo")
    parser.add_argument("--url", default="http://127.0.0.1:5000")
    parser.add_argument("--data-dir", type=Path)
    arguments = parser.parse_args()
    quiet.settle()
    with terminal.doing("starting Python, MLflow and scikit-learn"):
        from mlflow.exceptions import MlflowException

        from .api import Refused
        from .serving import Differs
        from .story import Story

    story = Story(arguments.url)
    try:
        story.tell()
    except (Refused, Differs, MlflowException) as error:
        print(f"\n  the demo stops here: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments.data_dir:
        leave_marker(arguments.data_dir / "demo.json", story)
    return 0


def leave_marker(path: Path, story: Story) -> None:
    """Written whole or not at all."""
    places = [{"what": what, "path": quote(place, safe="/?=&")} for what, place in story.places]
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"places": places}, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
