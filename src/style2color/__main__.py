"""`python -m style2color` is the command line."""

import sys

from style2color.cli import main

sys.exit(main())
