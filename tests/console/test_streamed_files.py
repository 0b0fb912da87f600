"""A device's file is streamed by an asynchronous server."""

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from core.permissions import StandardRole
from tests.browsers import hire
from tests.rooms import World

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_file_is_streamed_without_blocking_the_event_loop(recwarn):
    here = await sync_to_async(World.build)()
    client = AsyncClient()
    person = await sync_to_async(hire)(here.site, StandardRole.TECHNICIAN)
    await client.aforce_login(person)
    address = here.url("raw_file", here.gate.entry.camera.pk)
    answer = await client.get(address, {"metric": "temperature.c"})
    assert answer.is_async
    parts = [part async for part in answer.streaming_content]
    assert len(parts) == 2
    assert b",21.5," in parts[1]
    assert not [each for each in recwarn if "synchronous iterators" in str(each.message)]
