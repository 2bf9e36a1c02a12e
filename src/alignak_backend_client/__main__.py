"""``python -m alignak_backend_client`` is ``alignak-backend-cli``."""

import sys

from alignak_backend_client.cli import main

sys.exit(main())
