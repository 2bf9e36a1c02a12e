"""The default columns of each type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from alignak_backend_client.items.query.fields import Field, is_time
from alignak_backend_client.model import Resource
from alignak_backend_client.output.layout import Column, Kind

_STATE: Final = "ls_state,ls_last_check,ls_output|ls_state_type,ls_last_state_changed,ls_acknowledged,ls_downtimed"

_DEFAULT: Final = {
    "actionacknowledge": "_created,action,host,service,user,comment,processed,notified|sticky,notify,persistent,_id",
    "actiondowntime": "action,host,service,start_time,end_time,user,comment,processed,notified|fixed,duration,_id",
    "actionforcecheck": "_created,host,service,user,comment,processed|_id",
    "alignak": "name,alias,last_alive|program_start,pid,_realm",
    "alignakdaemon": "name,type,address,port,alive,reachable,last_check|spare,passive,_realm",
    "alignakretention": "host|_updated,_id",
    "command": "name,command_line,_realm|alias,module_type,timeout,enable_environment_macros",
    "grafana": "name,address,port,ssl,_realm|timezone,refresh",
    "graphite": "name,carbon_address,carbon_port,graphite_address,graphite_port,_realm|prefix,grafana,statsd",
    "history": "_created,type,host_name,service_name,user_name,message|_id",
    "host": f"name,_realm,address,{_STATE},alias,_templates,check_command",
    "hostdependency": "name,hosts,dependent_hosts,_realm|alias,hostgroups,dependent_hostgroups,inherits_parent",
    "hostescalation": "name,hosts,users,usergroups,_realm|alias,hostgroups,escalation_period,notification_interval",
    "hostgroup": "name,alias,_parent,hosts|hostgroups,_realm",
    "influxdb": "name,address,port,database,_realm|prefix,grafana,statsd",
    "livesynthesis": "_realm,hosts_total,hosts_up_hard,hosts_down_hard,hosts_unreachable_hard,services_total,"
    "services_ok_hard,services_warning_hard,services_critical_hard,services_unknown_hard|hosts_acknowledged,"
    "hosts_in_downtime,services_unreachable_hard,services_acknowledged,services_in_downtime,_id",
    "logcheckresult": "last_check,host_name,service_name,state,output|state_type,acknowledged,downtimed,_id",
    "realm": "name,alias,_parent,default|_level,_tree_parents",
    "service": f"host,name,{_STATE},_realm,alias,_templates,check_command",
    "servicedependency": "name,services,dependent_services,_realm|alias,hosts,dependent_hosts,inherits_parent",
    "serviceescalation": "name,services,users,usergroups,_realm|alias,hosts,escalation_period,notification_interval",
    "servicegroup": "name,alias,_parent,services|servicegroups,_realm",
    "statsd": "name,address,port,prefix,_realm",
    "timeperiod": "name,alias,is_active,_realm|dateranges,exclude",
    "user": "name,alias,email,_realm,back_role_super_admin|_templates,is_admin,can_submit_commands,"
    "host_notifications_enabled,service_notifications_enabled",
    "usergroup": "name,alias,_parent,users|usergroups,_realm",
    "userrestrictrole": "user,realm,sub_realm,resource,crud|_id",
}
"""Fields of a table; after ``|``, the additional ones of a wide table."""

_TEMPLATES: Final = {
    "host": "name,alias,_templates,check_command,_realm|address,_templates_with_services",
    "service": "host,name,_templates,check_command|alias,_templates_from_host_template,_realm",
    "user": "name,alias,_templates,_realm|back_role_super_admin,is_admin,can_submit_commands",
}
"""The same for templates, which have no state."""


def default_paths(resource: Resource, *, templates: bool = False) -> tuple[list[str], list[str]]:
    """Return the fields of a table, and the additional ones of a wide table."""
    shown, _, wide = (_TEMPLATES if templates else _DEFAULT)[resource.name].partition("|")
    return shown.split(","), wide.split(",") if wide else []


def name_paths(resource: Resource) -> list[str]:
    """Return the fields that name an item; for a service, also its id, since names may be ambiguous."""
    if resource.key == ("host", "name"):
        return [*resource.key, "_id"]
    return list(resource.key or (("name",) if resource.has_name else ("_id",)))


def columns(fields: Iterable[Field], wide: Iterable[str]) -> list[Column]:
    """Return the columns for some fields; those with a path in ``wide`` appear only in wide tables."""
    return [Column(field.path, _heading(field.path), _kind(field), field.path in wide) for field in fields]


def _heading(path: str) -> str:
    """Return the heading of a field: ``LAST CHECK`` for ``ls_last_check``, ``HOST REALM`` for ``host._realm``."""
    parts = [part.removeprefix("ls_").strip("_").replace("_", " ") for part in path.split(".")]
    return " ".join(filter(None, parts)) or path


def _kind(field: Field) -> Kind:
    match field.schema.get("type"):
        case "boolean":
            return "boolean"
        case "datetime":
            return "time"
        case "integer" | "float":
            return "time" if is_time(field) else "number"
        case "string" if {"UP", "OK"} & set(field.schema.get("allowed", ())):
            return "state"
    return "text"
