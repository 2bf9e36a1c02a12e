"""``python -m alignak_backend_client`` is ``alignak-backend-cli``."""

from alignak_backend_client.cli import run

run()
