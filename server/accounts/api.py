"""What the answers to programs leave behind: when a token was used."""

import structlog
from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from server.accounts.service import tokens
from server.core import clock, programs
from server.core.db import transaction

log = structlog.get_logger("samtykke.tokens")


def install(app: Flask) -> None:
    """Note after an answer that its token was used, at most once in an hour."""

    @app.after_request
    def _note(response: Response) -> Response:
        program = programs.entered()
        if program is not None and not program.noted:
            try:
                with transaction():
                    tokens.note_use(program.token_id, old_secret=program.old_secret, now=clock.now())
            except SQLAlchemyError as fault:
                # The answer is right without it: the next request notes it.
                log.warning("token_use_not_noted", fault=type(fault).__name__)
        return response
