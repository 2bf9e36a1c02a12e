"""The REST API: requests in, responses out.

:mod:`.application` handles requests; :mod:`.routing` finds the view: in :mod:`.resources` for hosts, services and other
resources, in :mod:`.endpoints` for everything else. There is no web framework, and it works without a server.
"""
