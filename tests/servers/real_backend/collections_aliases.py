"""Gives back names that Python 3.10 took out of `collections`; copied into the backend's virtual environment."""

import collections
import collections.abc

for _name in collections.abc.__all__:
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))
