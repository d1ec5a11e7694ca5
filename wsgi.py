"""What a WSGI server loads: `gunicorn wsgi:app`."""

from server.app import create_app
from server.core.settings import Settings

app = create_app(Settings.from_env())
