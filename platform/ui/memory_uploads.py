"""Uploads that are never written to a disk: Django writes larger files to the temporary folder."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect


class _InMemory(MemoryFileUploadHandler):
    """Keeps files of any size; the size of the body is limited before (`config.request_limits`)."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take over whatever the length of the body is."""
        self.activated = True


def in_memory_uploads(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Keep the files that are posted to a view in memory.

    It has to be the outermost decorator: the body must not have been parsed before, so the CSRF
    token is checked here instead of in the middleware.
    """
    checked = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def receiving(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [_InMemory(request)]
        response: HttpResponseBase = checked(request, *args, **kwargs)
        return response

    return receiving
