"""The conversion tables: attributes of each type to fields of the data model.

Attributes have the meaning described in the manuals of Nagios Core, Naemon and Shinken.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Conversion(NamedTuple):
    """The conversion of an attribute.

    Attributes:
        field: the field of the data model.
        kind: the kind of value, see :meth:`.values.Reader.convert_fields`.
        target: for links, the linked resource.
    """

    field: str
    kind: str
    target: str = ""


Table = dict[str, Conversion]


def _same_name(kind: str, *attributes: str) -> Table:
    return {name: Conversion(name, kind) for name in attributes}


def _links(target: str, **fields: str) -> Table:
    return {attribute: Conversion(field, "links", target) for attribute, field in fields.items()}


_PERIODS: Final = ("check_period", "notification_period", "maintenance_period", "snapshot_period")

_COMMON: Final[Table] = {
    **_same_name("text", "alias", "display_name", "notes", "notes_url", "action_url", "icon_image", "icon_image_alt"),
    **_same_name("text", "icon_set", "poller_tag", "reactionner_tag", "business_rule_output_template", "trigger_name"),
    **_same_name("flag", "active_checks_enabled", "passive_checks_enabled", "check_freshness", "event_handler_enabled"),
    **_same_name("flag", "flap_detection_enabled", "process_perf_data", "notifications_enabled", "snapshot_enabled"),
    **_same_name("flag", "business_rule_smart_notifications", "business_rule_downtime_as_ack"),
    **_same_name("flag", "trigger_broker_raise_enabled"),
    **_same_name("number", "business_impact", "max_check_attempts", "freshness_threshold", "time_to_orphanage"),
    **_same_name("number", "low_flap_threshold", "high_flap_threshold", "definition_order"),
    **_same_name("minutes", "check_interval", "retry_interval", "notification_interval", "first_notification_delay"),
    **_same_name("minutes", "snapshot_interval"),
    **_same_name("letters", "notification_options", "flap_detection_options", "stalking_options", "snapshot_criteria"),
    **_same_name("letters", "business_rule_host_notification_options", "business_rule_service_notification_options"),
    **_same_name("letter", "initial_state", "freshness_state"),
    **_same_name("names", "checkmodulations", "macromodulations", "resultmodulations", "business_impact_modulations"),
    **_same_name("names", "trending_policies", "custom_views", "labels", "tags"),
    **{name: Conversion(name, "link", "timeperiod") for name in _PERIODS},
    "check_command": Conversion("check_command", "call", "command"),
    "event_handler": Conversion("event_handler", "call", "command"),
    "snapshot_command": Conversion("snapshot_command", "command", "command"),
    **_links("user", contacts="users"),
    **_links("usergroup", contact_groups="usergroups"),
}

_DEFINITION_ORDER: Final[Table] = _same_name("number", "definition_order")

_GROUP: Final[Table] = {**_DEFINITION_ORDER, **_same_name("text", "alias", "notes", "notes_url", "action_url")}

_ESCALATION: Final[Table] = {
    **_DEFINITION_ORDER,
    **_same_name("text", "alias", "notes"),
    **_same_name("number", "first_notification", "last_notification"),
    **_same_name("minutes", "notification_interval", "first_notification_time", "last_notification_time"),
    "escalation_period": Conversion("escalation_period", "link", "timeperiod"),
    "escalation_options": Conversion("escalation_options", "letters"),
    **_links("user", contacts="users"),
    **_links("usergroup", contact_groups="usergroups"),
}

_DEPENDENCY: Final[Table] = {
    **_DEFINITION_ORDER,
    **_same_name("text", "alias", "notes"),
    "inherits_parent": Conversion("inherits_parent", "flag"),
    "execution_failure_criteria": Conversion("execution_failure_criteria", "letters"),
    "notification_failure_criteria": Conversion("notification_failure_criteria", "letters"),
    "dependency_period": Conversion("dependency_period", "link", "timeperiod"),
}

_NOTIFICATIONS: Final[Table] = {
    field: Conversion(field, kind, target)
    for what in ("host", "service")
    for field, kind, target in (
        (f"{what}_notifications_enabled", "flag", ""),
        (f"{what}_notification_period", "link", "timeperiod"),
        (f"{what}_notification_options", "letters", ""),
        (f"{what}_notification_commands", "commands", "command"),
    )
}

NOTIFICATION_WAY: Final[Table] = {
    **_NOTIFICATIONS,
    "min_business_impact": Conversion("min_business_impact", "number"),
}

TABLES: Final[dict[str, Table]] = {
    "host": {
        **_COMMON,
        **_same_name("text", "address", "address6", "vrml_image", "statusmap_image", "2d_coords", "3d_coords"),
        **_links("host", parents="parents"),
        **_links("hostescalation", escalations="escalations"),
    },
    "service": {
        **_COMMON,
        **_same_name("text", "aggregation", "default_value"),
        **_same_name("flag", "parallelize_check", "is_volatile", "host_dependency_enabled"),
        "merge_host_contacts": Conversion("merge_host_users", "flag"),
        **_links("serviceescalation", escalations="escalations"),
    },
    "user": {
        **NOTIFICATION_WAY,
        **_same_name("text", "alias", "notes", "email", "pager", *(f"address{number}" for number in range(1, 7))),
        **_same_name("flag", "can_submit_commands", "is_admin", "can_update_livestate", "webui_visible"),
        **_same_name("number", "skill_level", "definition_order"),
        **_same_name("names", "tags"),
    },
    "hostgroup": _GROUP,
    "servicegroup": _GROUP,
    "usergroup": {**_DEFINITION_ORDER, **_same_name("text", "alias", "notes")},
    "command": {
        **_DEFINITION_ORDER,
        **_same_name("text", "alias", "notes", "command_line", "module_type", "poller_tag", "reactionner_tag"),
        **_same_name("number", "timeout"),
        **_same_name("flag", "enable_environment_macros"),
    },
    "realm": {
        **_DEFINITION_ORDER,
        **_same_name("text", "alias", "notes"),
        **_same_name("flag", "default"),
        **_same_name("number", "hosts_critical_threshold", "hosts_warning_threshold", "services_critical_threshold"),
        **_same_name("number", "services_warning_threshold", "global_critical_threshold", "global_warning_threshold"),
    },
    "hostescalation": _ESCALATION,
    "serviceescalation": _ESCALATION,
    "hostdependency": _DEPENDENCY,
    "servicedependency": _DEPENDENCY,
}
"""Conversion tables by resource."""

MODULATIONS: Final = frozenset({"macromodulation", "resultmodulation", "businessimpactmodulation", "checkmodulation"})
ENGINE_TYPES: Final = frozenset(
    {"arbiter", "broker", "daemon", "module", "poller", "reactionner", "receiver", "scheduler"}
)
SHINKEN_TYPES: Final = frozenset(
    {"realm", "notificationway", "escalation", *MODULATIONS, *ENGINE_TYPES} - {"module"}  # Icinga 1 has these, too
)
"""Types that only Shinken and Alignak have."""

SHINKEN_ATTRIBUTES: Final = frozenset(
    {"business_impact", "duplicate_foreach", "maintenance_period", "notificationways", "poller_tag"}
    | {"reactionner_tag", "realm", "resultmodulations", "business_impact_modulations", "escalations"}
)
"""Attributes that only Shinken and Alignak have, as far as they are used in practice."""

IMPLIED: Final = ("notification_interval", "notification_period")
"""Attributes that a service takes from its host if it does not set them: "implied inheritance" in the Nagios manual."""

IMPLIED_BY_SHINKEN: Final = (
    *IMPLIED,
    *("business_impact", "business_impact_modulations", "check_period", "escalations", "maintenance_period"),
    *("poller_tag", "reactionner_tag", "resultmodulations"),
)
"""The same in Shinken and Alignak."""

NAGIOS_INTERVALS: Final = {"check_interval": 5, "retry_interval": 1, "notification_interval": 30}
"""Default intervals of hosts and services in Nagios, in time units. Those of the backend are the ones of Shinken."""

_SHOWN: Final = ("notes", "notes_url", "action_url", "icon_image", "icon_image_alt")

EXTENDED: Final[dict[str, Table]] = {
    "hostextinfo": {
        name: TABLES["host"][name] for name in (*_SHOWN, "vrml_image", "statusmap_image", "2d_coords", "3d_coords")
    },
    "serviceextinfo": {name: TABLES["service"][name] for name in _SHOWN},
}
"""Obsolete types whose attributes belong to hosts and services."""

RESOURCES: Final = {
    "host": "host",
    "service": "service",
    "hostgroup": "hostgroup",
    "servicegroup": "servicegroup",
    "contact": "user",
    "contactgroup": "usergroup",
    "command": "command",
    "timeperiod": "timeperiod",
    "realm": "realm",
    "hostescalation": "hostescalation",
    "serviceescalation": "serviceescalation",
    "hostdependency": "hostdependency",
    "servicedependency": "servicedependency",
}
"""Type of a definition to its resource."""

CFG_TYPES: Final = {resource: type_ for type_, resource in RESOURCES.items()}
"""Resource to the type of its definitions."""

IGNORED_ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    "retain_status_information": frozenset({"1"}),
    "retain_nonstatus_information": frozenset({"1"}),
    "minimum_value": frozenset({"0"}),
    "minimum_importance": frozenset({"0"}),
    "hourly_value": frozenset({"0"}),
    "obsess": frozenset({"0", "1"}),
    "obsess_over_host": frozenset({"0", "1"}),
    "obsess_over_service": frozenset({"0", "1"}),
    "failure_prediction_enabled": frozenset({"0", "1"}),
    "importance": frozenset({"0"}),
    "acknowledgement_timeout": frozenset({"0"}),
    "recovery_notification_delay": frozenset({"0"}),
    "hostgroup_id": frozenset({"*"}),
    "servicegroup_id": frozenset({"*"}),
    "imported_from": frozenset({"*"}),
    "!_": frozenset({"*"}),
}
"""Attributes without an equivalent, and the values that can be ignored (``*`` for all): Alignak always retains states,
and failure prediction was never implemented. ``!_DISKS`` lists elements without a service."""
