"""The REST API: requests in, responses out.

:mod:`.application` answers a request; :mod:`.routing` finds who does: :mod:`.resources` for hosts, services and the
like, :mod:`.endpoints` for everything else. No web framework and no server is needed.
"""
