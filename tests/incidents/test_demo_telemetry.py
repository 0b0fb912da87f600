"""The demo's sensors have a past on which its rules can be tried."""

import pytest

from core import runs
from devices.models import DeadLetter
from incidents import demo, demo_telemetry
from incidents.alarms.trials import start_trial
from incidents.models import AlarmRule
from tests.factories import DeviceFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rules", [demo.COMMUNITY, demo.PARK])
def test_each_rule_would_have_raised_a_few_alarms(rules):
    site, actor = SiteFactory(), UserFactory()
    for each in rules:
        DeviceFactory(site=site, code=each.device, kind="sensor", driver="gatehouse")
    demo_telemetry.record_past(site, rules)
    assert not DeadLetter.objects.exists()
    demo.enable_rules(site, actor, rules)
    for rule in AlarmRule.objects.filter(site=site):
        run = start_trial(rule, actor)
        while not runs.work_on_chunk(run.pk).is_ended:
            continue
        run.refresh_from_db()
        assert (run.result["raised"], run.result["used"]) == (4, ["raw"])
