"""The data model of the Alignak backend, the only source of its facts for both packages."""

from alignak_backend_client.model.resources import (
    DEFAULT_TYPE,
    FORMER_TYPES,
    Link,
    Resource,
    find_resource,
    public_resources,
    resources_by_name,
)

__all__ = [
    "DEFAULT_TYPE",
    "FORMER_TYPES",
    "Link",
    "Resource",
    "find_resource",
    "public_resources",
    "resources_by_name",
]
