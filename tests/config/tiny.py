"""An appliance with real servers below and tiny processes above, for the tests of supervision.

Run as a script by `tests.config.running`; everything it needs comes from the environment.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[1:1] = [str(ROOT / "platform"), str(ROOT)]

from config.appliance.places import Home  # noqa: E402
from config.appliance.programs import Program, extra_program  # noqa: E402
from config.appliance.runtime import Choices, Plan, SettingError  # noqa: E402
from config.appliance.start import Workload, run  # noqa: E402
from config.appliance.supervisor import StartError  # noqa: E402

COUNT = "import time\nfor n in range(10**6): print('counted', n, flush=True); time.sleep(0.2)"
FORK = "import os, time\nos.fork()\ntime.sleep(1000)"


SERVE = """
import functools, http.server, ssl, sys
bind, port, folder, *pair = sys.argv[1:]
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
server = http.server.ThreadingHTTPServer((bind, int(port)), handler)
if pair:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def programs(plan: Plan) -> list[Program]:
    """A web server on an empty folder, a process that counts, and one with a child of its own."""
    empty = plan.home.root / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    pair = [each for each in (plan.web_certificate.certificate, plan.web_certificate.key) if each]
    server = (sys.executable, "-c", SERVE, plan.web_bind, str(plan.web_port), str(empty), *pair)
    web = Program("web", server, address=(plan.web_host, plan.web_port), stop_timeout=3)
    counter = Program("counter", (sys.executable, "-c", COUNT), stop_timeout=3)
    parent = Program("parent", (sys.executable, "-c", FORK), stop_timeout=3)
    more = [extra_program(text) for text in os.environ.get("TINY_BESIDE", "").split(";") if text]
    return [web, counter, parent, *more]


def work(plan: Plan) -> Workload:
    """These processes, and a preparation."""
    preparation = (sys.executable, "-c", os.environ.get("TINY_PREPARATION", "print('prepared')"))
    return Workload(programs(plan), preparation, first_delay=0.05, renew=programs)


def main() -> None:
    """Run it like `manage.py up`."""
    home = Home.at(os.environ["GATEHOUSE_HOME"])
    try:
        plan = Plan.of(home, Choices.now(home))
        run(plan, work(plan), lambda: f"Gatehouse is up: {plan.public_url}")
    except (StartError, SettingError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
