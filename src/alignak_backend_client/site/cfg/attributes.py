"""The conversion table of attributes: for each type the fields, and how values are read.

The meaning of each is that of the manuals of Nagios Core, Naemon and Shinken; the fields are those of the data model.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class As(NamedTuple):
    """How an attribute is carried over.

    Attributes:
        field: the field that it becomes.
        kind: how its value is read: the name of a method of ``Reader``.
        target: of links, the resource that they lead to.
    """

    field: str
    kind: str
    target: str = ""


Table = dict[str, As]


def _same(kind: str, *attributes: str) -> Table:
    return {name: As(name, kind) for name in attributes}


def _links(target: str, **fields: str) -> Table:
    return {attribute: As(field, "links", target) for attribute, field in fields.items()}


_PERIODS: Final = ("check_period", "notification_period", "maintenance_period", "snapshot_period")

_COMMON: Final[Table] = {
    **_same("text", "alias", "display_name", "notes", "notes_url", "action_url", "icon_image", "icon_image_alt"),
    **_same("text", "icon_set", "poller_tag", "reactionner_tag", "business_rule_output_template", "trigger_name"),
    **_same("flag", "active_checks_enabled", "passive_checks_enabled", "check_freshness", "event_handler_enabled"),
    **_same("flag", "flap_detection_enabled", "process_perf_data", "notifications_enabled", "snapshot_enabled"),
    **_same("flag", "business_rule_smart_notifications", "business_rule_downtime_as_ack"),
    **_same("flag", "trigger_broker_raise_enabled"),
    **_same("number", "business_impact", "max_check_attempts", "freshness_threshold", "time_to_orphanage"),
    **_same("number", "low_flap_threshold", "high_flap_threshold", "definition_order"),
    **_same("minutes", "check_interval", "retry_interval", "notification_interval", "first_notification_delay"),
    **_same("minutes", "snapshot_interval"),
    **_same("letters", "notification_options", "flap_detection_options", "stalking_options", "snapshot_criteria"),
    **_same("letters", "business_rule_host_notification_options", "business_rule_service_notification_options"),
    **_same("letter", "initial_state", "freshness_state"),
    **_same("names", "checkmodulations", "macromodulations", "resultmodulations", "business_impact_modulations"),
    **_same("names", "trending_policies", "custom_views", "labels", "tags"),
    **{name: As(name, "link", "timeperiod") for name in _PERIODS},
    "check_command": As("check_command", "call", "command"),
    "event_handler": As("event_handler", "call", "command"),
    "snapshot_command": As("snapshot_command", "command", "command"),
    **_links("user", contacts="users"),
    **_links("usergroup", contact_groups="usergroups"),
}

_ORDER: Final[Table] = _same("number", "definition_order")

_GROUP: Final[Table] = {**_ORDER, **_same("text", "alias", "notes", "notes_url", "action_url")}

_ESCALATION: Final[Table] = {
    **_ORDER,
    **_same("text", "alias", "notes"),
    **_same("number", "first_notification", "last_notification"),
    **_same("minutes", "notification_interval", "first_notification_time", "last_notification_time"),
    "escalation_period": As("escalation_period", "link", "timeperiod"),
    "escalation_options": As("escalation_options", "letters"),
    **_links("user", contacts="users"),
    **_links("usergroup", contact_groups="usergroups"),
}

_DEPENDENCY: Final[Table] = {
    **_ORDER,
    **_same("text", "alias", "notes"),
    "inherits_parent": As("inherits_parent", "flag"),
    "execution_failure_criteria": As("execution_failure_criteria", "letters"),
    "notification_failure_criteria": As("notification_failure_criteria", "letters"),
    "dependency_period": As("dependency_period", "link", "timeperiod"),
}

_NOTIFICATIONS: Final[Table] = {
    field: As(field, kind, target)
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
    "min_business_impact": As("min_business_impact", "number"),
}

TABLES: Final[dict[str, Table]] = {
    "host": {
        **_COMMON,
        **_same("text", "address", "address6", "vrml_image", "statusmap_image", "2d_coords", "3d_coords"),
        **_links("host", parents="parents"),
        **_links("hostescalation", escalations="escalations"),
    },
    "service": {
        **_COMMON,
        **_same("text", "aggregation", "default_value"),
        **_same("flag", "parallelize_check", "is_volatile", "host_dependency_enabled"),
        "merge_host_contacts": As("merge_host_users", "flag"),
        **_links("serviceescalation", escalations="escalations"),
    },
    "user": {
        **NOTIFICATION_WAY,
        **_same("text", "alias", "notes", "email", "pager", *(f"address{number}" for number in range(1, 7))),
        **_same("flag", "can_submit_commands", "is_admin", "can_update_livestate", "webui_visible"),
        **_same("number", "skill_level", "definition_order"),
        **_same("names", "tags"),
    },
    "hostgroup": _GROUP,
    "servicegroup": _GROUP,
    "usergroup": {**_ORDER, **_same("text", "alias", "notes")},
    "command": {
        **_ORDER,
        **_same("text", "alias", "notes", "command_line", "module_type", "poller_tag", "reactionner_tag"),
        **_same("number", "timeout"),
        **_same("flag", "enable_environment_macros"),
    },
    "realm": {
        **_ORDER,
        **_same("text", "alias", "notes"),
        **_same("flag", "default"),
        **_same("number", "hosts_critical_threshold", "hosts_warning_threshold", "services_critical_threshold"),
        **_same("number", "services_warning_threshold", "global_critical_threshold", "global_warning_threshold"),
    },
    "hostescalation": _ESCALATION,
    "serviceescalation": _ESCALATION,
    "hostdependency": _DEPENDENCY,
    "servicedependency": _DEPENDENCY,
}
"""By resource."""

MODULATIONS: Final = frozenset({"macromodulation", "resultmodulation", "businessimpactmodulation", "checkmodulation"})
OF_THE_ENGINE: Final = frozenset(
    {"arbiter", "broker", "daemon", "module", "poller", "reactionner", "receiver", "scheduler"}
)
TYPES_OF_SHINKEN: Final = frozenset(
    {"realm", "notificationway", "escalation", *MODULATIONS, *OF_THE_ENGINE} - {"module"}  # Icinga 1 has these, too
)
"""Types that only Shinken and Alignak have."""

OF_SHINKEN: Final = frozenset(
    {"business_impact", "duplicate_foreach", "maintenance_period", "notificationways", "poller_tag"}
    | {"reactionner_tag", "realm", "resultmodulations", "business_impact_modulations", "escalations"}
)
"""Attributes that only Shinken and Alignak have: of many, those that real files use."""

IMPLIED: Final = ("notification_interval", "notification_period")
"""What a service has of its host where it says nothing; Nagios' manual calls it implied inheritance."""

IMPLIED_BY_SHINKEN: Final = (
    *IMPLIED,
    *("business_impact", "business_impact_modulations", "check_period", "escalations", "maintenance_period"),
    *("poller_tag", "reactionner_tag", "resultmodulations"),
)
"""The same in Shinken and Alignak."""

UNITS_OF_NAGIOS: Final = {"check_interval": 5, "retry_interval": 1, "notification_interval": 30}
"""What hosts and services of Nagios have that say nothing, in units of time. The backend's are those of Shinken."""

_SHOWN: Final = ("notes", "notes_url", "action_url", "icon_image", "icon_image_alt")

EXTENDED: Final[dict[str, Table]] = {
    "hostextinfo": {
        name: TABLES["host"][name] for name in (*_SHOWN, "vrml_image", "statusmap_image", "2d_coords", "3d_coords")
    },
    "serviceextinfo": {name: TABLES["service"][name] for name in _SHOWN},
}
"""Types of old files whose attributes belong to hosts and services."""

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
"""What the types of definitions become."""

CALLED: Final = {resource: type_ for type_, resource in RESOURCES.items()}
"""What the files call the resources."""

WITHOUT_MEANING: Final[dict[str, frozenset[str]]] = {
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
"""Attributes without a counterpart, and their values with which nothing is lost: Alignak always keeps states, and
failure prediction never came to be. ``*`` stands for all. ``!_DISKS`` says which elements have no service."""
