"""Uses of the public interface, for the type checker."""
