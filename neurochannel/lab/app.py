"""The routes of the designer: a page, and small JSON answers that the model gives."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from neurochannel.errors import NeurochannelError, OptionError
from neurochannel.lab.answers import Answer, choices_answer, completion_answer, drawing_answer
from neurochannel.lab.designer import CHANGES, Body, Designer
from neurochannel.lab.lab_page import lab_page
from neurochannel.lab.security import App, Guard
from neurochannel.lab.session import StaleError
from neurochannel.model.problems import short
from neurochannel.reports.page.frame import page_json

LOG = logging.getLogger("neurochannel")
Asked = Callable[[str], Answer]
Told = Callable[[Body], Answer]


def gets_of(designer: Designer) -> dict[str, tuple[Asked, str]]:
    """Return what can be asked for, each with the one parameter that it takes, or ""."""
    session = designer.session
    return {
        "state": (designer.state, "seen"),
        "choices": (lambda _: choices_answer(session) | {"chosen": designer.data}, ""),
        "drawing": (lambda window: drawing_answer(session.version, window), "window"),
        "inspection": (designer.inspection, "data"),
        "training": (designer.training, "seen"),
        "python": (lambda _: designer.python(), ""),
    }


def posts_of(designer: Designer) -> dict[str, Told]:
    """Return what can be told."""
    return {
        "complete": lambda body: completion_answer(body.get("text"), body.get("at")),
        "train": designer.train,
        **{name: partial(designer.change, name) for name in CHANGES},
    }


def application(designer: Designer) -> Starlette:
    """Return the application without its guard."""
    gets, posts = gets_of(designer), posts_of(designer)

    def page(request: Request) -> Response:
        return HTMLResponse(lab_page())

    def report(request: Request) -> Response:
        data = request.query_params.get("data", "")
        return _page(lambda: designer.report(data))

    return Starlette(
        routes=[
            Route("/", page),
            Route("/report", report),
            *(Route(f"/{name}", _asking(*what)) for name, what in gets.items()),
            *(Route(f"/{name}", _telling(what), methods=["POST"]) for name, what in posts.items()),
        ],
        exception_handlers={404: _unknown, 405: _unknown},
    )


def _unknown(request: Request, error: Exception) -> Response:
    status = 404 if not isinstance(error, HTTPException) else error.status_code
    sentence = f"there is no {request.method} of {short(request.url.path)}; see docs/lab.md"
    return JSONResponse({"error": sentence}, status)


def _asking(answer: Asked, parameter: str) -> Callable[[Request], Response]:
    def reply(request: Request) -> Response:
        return _answered(lambda: answer(request.query_params.get(parameter, "")))

    return reply


def _telling(answer: Told) -> Callable[[Request], Awaitable[Response]]:
    async def reply(request: Request) -> Response:
        content = await request.body()
        return await run_in_threadpool(_answered, lambda: answer(_read(content)))

    return reply


def _read(content: bytes) -> Body:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise OptionError("the request must be an object of JSON")
    return body


def _answered(answer: Callable[[], Answer]) -> Response:
    """Return an answer, or the sentence of why there is none."""
    status, value = _tried(answer)
    # Numbers of charts may be no numbers, and need few digits; all others are kept as they are.
    dumped = page_json(value) if "charts" in value else json.dumps(value, allow_nan=False)
    return Response(dumped, status, media_type="application/json")


def _page(answer: Callable[[], str]) -> Response:
    status, value = _tried(answer)
    if isinstance(value, str):
        return HTMLResponse(value)
    return PlainTextResponse(f"No report: {value['error']}", status)


def _tried(answer: Callable[[], Any]) -> tuple[int, Any]:
    try:
        return 200, answer()
    except StaleError as error:
        return 409, {"error": str(error)}
    except NeurochannelError as error:
        return 400, {"error": str(error)}
    except MemoryError:
        return 400, {"error": "there is not enough memory for this network; make it smaller"}
    except Exception:
        LOG.exception("the designer has failed")
        return 500, {"error": "the designer has failed; the terminal tells where, please report it"}


def guarded(designer: Designer, token: str, port: int) -> App:
    """Return the application behind its guard."""
    return Guard(application(designer), token, port)
