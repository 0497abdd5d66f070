#!/usr/bin/env bash
# Measures tracking beside the peers; installs what is missing first. Arguments go to tracking.py.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../Scripts/setup" demo bench
"$here/peers"
exec "$here/../.build/venv/bin/python" "$here/tracking.py" "$@"
