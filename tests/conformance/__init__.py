"""What an Alignak backend does, asserted request by request: the same tests run on every backend.

Expectations were seen on the released backend (`--backend real`). Where that one does something nobody can want, the
other backends do the sane thing: `World.sane(real=..., sane=...)` holds both, so that every deliberate difference
is found by searching for `sane(`.
"""
