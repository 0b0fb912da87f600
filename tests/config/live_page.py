"""A page's end of the live channel, without a browser."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from core.models import User
from tests.console.world import signed_in

PATIENCE = 10.0


class LivePage(ApplicationCommunicator):
    """One WebSocket to the application, with the cookies of a person."""

    def __init__(self, address: str, user: User | None = None, origin: str = "testserver") -> None:
        from config.asgi import application

        headers = [(b"host", b"testserver"), (b"origin", f"http://{origin}".encode())]
        if user is not None:
            session = signed_in(user).cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={session}".encode()))
        scope = {
            "type": "websocket",
            "path": address,
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        super().__init__(application, scope)

    async def connect(self) -> bool:
        """Whether the connection was accepted."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(PATIENCE)
        return bool(answer["type"] == "websocket.accept")

    async def said(self) -> Any:
        """The next thing that the server says."""
        return json.loads((await self.receive_output(PATIENCE))["text"])

    async def say(self, what: Any) -> None:
        await self.send_input({"type": "websocket.receive", "text": json.dumps(what)})

    async def closed_with(self) -> int:
        """The code with which the server closes."""
        answer = await self.receive_output(PATIENCE)
        assert answer["type"] == "websocket.close"
        return int(answer["code"])

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(PATIENCE)
