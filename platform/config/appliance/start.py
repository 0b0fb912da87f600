"""One run of the appliance, from the first check to the last goodbye."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.appliance import broker, postgres, records
from config.appliance.broker import EMBEDDED_WARNING, Broker
from config.appliance.output import say
from config.appliance.places import CODE
from config.appliance.postgres import DatabaseError, Postgres
from config.appliance.processes import end_leftovers
from config.appliance.programs import Program
from config.appliance.runtime import OWNER_URL, Plan, write
from config.appliance.supervisor import (
    SUPERVISOR,
    StartError,
    Stopped,
    Supervisor,
    only_one,
    require_port,
)

PREPARE = (sys.executable, str(CODE / "manage.py"), "prepare")


@dataclass(frozen=True)
class Work:
    """What runs on top of database and broker: a preparation, then the processes."""

    programs: Sequence[Program]
    preparation: Sequence[str] = PREPARE
    first_pause: float = 0.25


def run(plan: Plan, work: Work, farewell: Callable[[], str]) -> None:
    """Run the appliance until a signal stops it; `farewell` gives the lines shown when it is up.

    Raises StartError with one line that says what is wrong; nothing is left running then.
    """
    plan.home.make()
    with only_one(plan.home):
        end_leftovers(plan.home, say, last=(broker.NAME, postgres.NAME))
        records.remember(plan.home.run, SUPERVISOR, os.getpid(), address=plan.web_address)
        try:
            _run(plan, work, farewell)
        finally:
            records.forget(plan.home.run, SUPERVISOR)


def _run(plan: Plan, work: Work, farewell: Callable[[], str]) -> None:
    require_port(plan.web_bind, plan.web_port, "the web server", "GATEHOUSE")
    if plan.own_broker:
        require_port(plan.broker_bind, plan.broker_port, "the broker", "GATEHOUSE_MQTT")
    database = Postgres(plan.home, plan.secrets["GATEHOUSE_DATABASE_PASSWORD"])
    sockets = str(database.socket_folder)
    write(plan.home, plan.stored_values(sockets))
    supervisor = Supervisor(plan.home, plan.environment(sockets), work.first_pause)
    supervisor.listen_to_signals()
    try:
        _start_database(supervisor, plan, database)
        # Before the broker: it starts with the accounts of this moment, and a device that was
        # disabled while it stood still never gets in.
        _prepare(supervisor, plan, work)
        _start_broker(supervisor, plan)
        _start_programs(supervisor, work)
        supervisor.tell(farewell())
        supervisor.keep_going()
    except Stopped:
        pass
    except DatabaseError as error:
        raise StartError(str(error)) from None
    finally:
        supervisor.tell("Stopping ...")
        supervisor.stop_all()
        supervisor.tell("Stopped; the data stays in " + str(plan.home.root) + ".")


def _start_database(supervisor: Supervisor, plan: Plan, database: Postgres) -> None:
    if plan.own_database:
        supervisor.tell("Starting PostgreSQL ...")
        database.make()
        supervisor.wait_for(supervisor.start(database.program()), database.answers)
        database.make_database()


def _start_broker(supervisor: Supervisor, plan: Plan) -> None:
    if plan.own_broker:
        part = Broker(plan.home, plan)
        supervisor.tell("Starting the broker ..." if part.mosquitto else EMBEDDED_WARNING)
        part.make()
        supervisor.wait_for(supervisor.start(part.program()))
        if rejection := part.rejection():
            log = plan.home.log / f"{broker.NAME}.log"
            raise StartError(f"The broker runs, but {rejection}. Its log: {log}.")


def _prepare(supervisor: Supervisor, plan: Plan, work: Work) -> None:
    if work.preparation:
        supervisor.tell("Preparing the database and the pages ...")
        owner = {OWNER_URL: plan.choices.setting(OWNER_URL, "")}
        supervisor.run_once("prepare", work.preparation, owner)


def _start_programs(supervisor: Supervisor, work: Work) -> None:
    supervisor.tell("Starting the processes ...")
    for kept in [supervisor.start(program) for program in work.programs]:
        supervisor.wait_for(kept)
