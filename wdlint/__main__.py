"""``python -m wdlint``."""

import sys

from wdlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
