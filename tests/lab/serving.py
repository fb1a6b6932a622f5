"""A designer that is served from a thread, and requests to it."""

import http.client
import json
import threading
import time
from contextlib import contextmanager

import uvicorn

from neurochannel.lab.app import guarded
from neurochannel.lab.designer import designer_of
from neurochannel.lab.serving import HOST, listening
from neurochannel.lab.shelf import Shelf

TOKEN = "token"
PATIENCE = 600
"""Seconds that a busy machine may need for an answer."""
SMALL = """name = "small"  # a comment

[populations]
input   = {}
hidden1 = { size = 12, activation = "tanh" }
output  = { activation = "softmax" }

[[forward]]
path = "input -> hidden1 -> output"

# the channel
[[channel]]
path = "error -> hidden1"
"""


class Served:
    """Sends requests as a page of the designer would."""

    def __init__(self, designer, port):
        self.designer, self.port = designer, port
        self.address = f"http://{HOST}:{port}/{TOKEN}/"

    def send(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        given = {"content-type": "application/json"} if method == "POST" else {}
        connection.request(method, path, body, {**given, **dict(headers)})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def get(self, name, status=200):
        return self._answer(*self.send("GET", f"/{TOKEN}/{name}"), status)

    def post(self, route, status=200, /, **body):
        return self._answer(*self.send("POST", f"/{TOKEN}/{route}", json.dumps(body)), status)

    def change(self, route, status=200, /, **body):
        return self.post(route, status, revision=self.designer.session.version.revision, **body)

    def edit(self, status=200, **edit):
        return self.change("edit", status, edit=edit)

    @staticmethod
    def _answer(response, content, status):
        assert response.status == status, content
        return json.loads(content)

    def until(self, condition, seconds=PATIENCE):
        """Ask for the training until something holds of it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.get("training")
            if condition(answer):
                return answer
            time.sleep(0.05)
        raise AssertionError(answer)


@contextmanager
def served(folder, text=SMALL, name="small.toml", data="digits"):
    """Serve the designer of a text from a folder."""
    with listening(0) as opened:
        port = opened.getsockname()[1]
        designer = designer_of(Shelf(folder), name, text, data, is_saved=False)
        config = uvicorn.Config(
            guarded(designer, TOKEN, port), log_level="warning", access_log=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield Served(designer, port)
        finally:
            designer.learners.close()
            server.should_exit = True
            thread.join(30)
