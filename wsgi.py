"""What a WSGI server loads: `gunicorn wsgi:app`."""

from server.app import application

app = application()
