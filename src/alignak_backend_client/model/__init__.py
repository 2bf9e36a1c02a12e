"""The data model of the Alignak backend, for both packages: each fact about it stands here, once."""

from alignak_backend_client.model.resources import (
    DEFAULT_TYPE,
    FORMER_TYPES,
    Link,
    Resource,
    public_resources,
    resource_called,
    resources_by_name,
)

__all__ = [
    "DEFAULT_TYPE",
    "FORMER_TYPES",
    "Link",
    "Resource",
    "public_resources",
    "resource_called",
    "resources_by_name",
]
