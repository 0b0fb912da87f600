"""One run of the appliance, from the first check to the last process stopped."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.appliance import broker, postgres, records, restarts, web_certificate
from config.appliance.broker import EMBEDDED_WARNING, Broker
from config.appliance.output import print_line
from config.appliance.places import CODE
from config.appliance.postgres import DatabaseError, Postgres
from config.appliance.processes import stop_leftovers
from config.appliance.programs import Program
from config.appliance.runtime import BACKEND_HOST, OWNER_URL, Plan, SettingError, write
from config.appliance.supervisor import (
    SUPERVISOR,
    StartError,
    Stopped,
    Supervisor,
    exclusive_home,
    require_port,
)

PREPARE = (sys.executable, str(CODE / "manage.py"), "prepare")


@dataclass(frozen=True)
class Workload:
    """What runs on top of database and broker: a preparation, then the processes.

    Attributes:
        renew: returns the processes of another plan, for a restart with other settings.
    """

    programs: Sequence[Program]
    preparation: Sequence[str] = PREPARE
    first_delay: float = 0.25
    renew: Callable[[Plan], Sequence[Program]] | None = None


def run(plan: Plan, work: Workload, ready_message: Callable[[], str]) -> None:
    """Run the appliance until a stop signal.

    Args:
        ready_message: returns the lines to show once everything runs.

    Raises StartError if it cannot start; no process is left running then.
    """
    plan.home.create()
    with exclusive_home(plan.home):
        stop_leftovers(plan.home, print_line, last=(broker.NAME, postgres.NAME))
        _record(plan)
        restarts.take_request(plan.home)  # one that was not served has become pointless
        try:
            _run(plan, work, ready_message)
        finally:
            records.remove(plan.home.run, SUPERVISOR)


def _run(plan: Plan, work: Workload, ready_message: Callable[[], str]) -> None:
    require_port(plan.web_bind, plan.web_port, "the web server", "GATEHOUSE")
    _require_broker_ports(plan)
    database = Postgres(plan.home, plan.secrets["GATEHOUSE_DATABASE_PASSWORD"])
    sockets = str(database.socket_folder)
    write(plan.home, plan.stored_values(sockets))
    supervisor = Supervisor(plan.home, plan.environment(sockets), work.first_delay)
    supervisor.listen_to_signals()
    try:
        _start_database(supervisor, plan, database)
        # Before the broker, so that it starts with current accounts: a device that was disabled
        # while the appliance was stopped is never let in.
        _prepare(supervisor, plan, work)
        _start_broker(supervisor, plan)
        _start_programs(supervisor, work.programs)
        supervisor.report(ready_message())
        while what := supervisor.run_until_request():
            plan = _restart(supervisor, plan, work, what)
    except Stopped:
        pass
    except DatabaseError as error:
        raise StartError(str(error)) from None
    finally:
        supervisor.report("Stopping ...")
        supervisor.stop_all()
        supervisor.report("Stopped; the data stays in " + str(plan.home.root) + ".")


def _require_broker_ports(plan: Plan) -> None:
    if plan.own_broker:
        require_port(plan.broker_bind, plan.broker_port, "the broker", "GATEHOUSE_MQTT")
        if plan.has_backend_listener:
            variable = "GATEHOUSE_MQTT_BACKEND"
            require_port(BACKEND_HOST, plan.backend_port, "the broker", variable)


def _record(plan: Plan) -> None:
    """Record the supervisor, its address, and with which settings its servers have started."""
    facts = {"address": plan.web_address, restarts.CAN_RESTART: "yes"}
    facts["certificate"] = web_certificate.digest(plan.home, plan.web_certificate)
    facts["chosen_address"] = plan.choices.chosen("GATEHOUSE_PUBLIC_URL")
    if plan.own_broker:
        facts["broker"] = plan.broker_listeners
    records.save(plan.home.run, SUPERVISOR, os.getpid(), **facts)


def _restart(supervisor: Supervisor, plan: Plan, work: Workload, what: str) -> Plan:
    """Restart processes with the settings as they are now.

    The database goes on, and the broker unless it has to listen elsewhere. A process that does not
    start is tried again by the supervisor, as after any other end.
    """
    try:
        renewed = plan.renewed()
        programs = work.renew(renewed) if work.renew else work.programs
        if what == restarts.WEB:
            supervisor.report("Restarting the web server ...")
            renewed = renewed.with_broker_of(plan)
            web = next(program for program in programs if program.name == "web")
            supervisor.restart(web.name, web)
        else:
            supervisor.report("Restarting the processes ...")
            supervisor.stop_programs()
            renewed = _restart_broker(supervisor, plan, renewed)
            sockets = str(Postgres(plan.home, "").socket_folder)
            write(plan.home, renewed.stored_values(sockets))
            supervisor.environment = renewed.environment(sockets)
            _start_programs(supervisor, programs)
    except (SettingError, StartError) as error:
        supervisor.report(str(error))
        return plan
    _record(renewed)
    supervisor.report(f"Gatehouse is at {renewed.public_url}")
    return renewed


def _restart_broker(supervisor: Supervisor, plan: Plan, renewed: Plan) -> Plan:
    """Restart the broker where it has to listen elsewhere; if it can't, it listens as before.

    Returns the new plan, with the broker that runs now.
    """
    if not plan.own_broker or renewed.broker_listeners == plan.broker_listeners:
        return renewed
    supervisor.stop(broker.NAME)
    try:
        _require_broker_ports(renewed)
        _start_broker(supervisor, renewed)
    except StartError as error:
        supervisor.report(str(error))
        supervisor.stop(broker.NAME)
        renewed = renewed.with_broker_of(plan)
        _start_broker(supervisor, renewed)
    return renewed


def _start_database(supervisor: Supervisor, plan: Plan, database: Postgres) -> None:
    if plan.own_database:
        supervisor.report("Starting PostgreSQL ...")
        database.initialise()
        supervisor.wait_for(supervisor.start(database.program()), database.is_ready)
        database.create_database()


def _start_broker(supervisor: Supervisor, plan: Plan) -> None:
    if plan.own_broker:
        part = Broker(plan.home, plan)
        supervisor.report("Starting the broker ..." if part.mosquitto else EMBEDDED_WARNING)
        part.write_files(tls=_may_listen_with_tls(supervisor, plan))
        supervisor.wait_for(supervisor.start(part.program()))
        if error := part.login_error():
            log = plan.home.log / f"{broker.NAME}.log"
            raise StartError(f"The broker runs, but {error}. Its log: {log}.")


def _may_listen_with_tls(supervisor: Supervisor, plan: Plan) -> bool:
    """Check the port of the listener with TLS; one that was not chosen may be taken."""
    if not plan.has_tls_listener:
        return False
    variable = "GATEHOUSE_MQTT_TLS"
    try:
        require_port(plan.tls_bind, plan.tls_port, "the broker's listener with TLS", variable)
    except StartError as error:
        if plan.choices.chosen(f"{variable}_PORT"):
            raise
        supervisor.report(f"The broker listens without TLS only. {error}")
        return False
    return True


def _prepare(supervisor: Supervisor, plan: Plan, work: Workload) -> None:
    if work.preparation:
        supervisor.report("Preparing the database and the pages ...")
        owner = {OWNER_URL: plan.choices.setting(OWNER_URL, "")}
        supervisor.run_once("prepare", work.preparation, owner)


def _start_programs(supervisor: Supervisor, programs: Sequence[Program]) -> None:
    supervisor.report("Starting the processes ...")
    for process in [supervisor.start(program) for program in programs]:
        supervisor.wait_for(process)
