"""Settings of the operator: environment variables, read once into one frozen value.

Without a library: environs would read the one number and the one switch, and none of the others.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from server.core import parsing
from server.core.contact_uris import is_contact, is_https
from server.core.event_targets import EventTarget, event_target
from server.core.filesystems import network_kind, write_atomically
from server.core.identity_provider import IdentityProvider, identity_provider
from server.core.mail_server import MailServer, mail_server, sender

EMBEDDED = "samtykke.db"
"""File of the embedded database in the data folder."""

MAX_INTERVAL = 86_400
"""Most seconds between two checkpoints: a day."""


class BadSetting(Exception):
    """An invalid environment variable. The message names it."""


@dataclass(frozen=True)
class Settings:
    """All settings. A test compares docs/settings.md with this class."""

    database_url: str
    """SQLAlchemy URL of SQLite or PostgreSQL."""
    redis_url: str | None
    """Shared rate limits of several nodes; losing it never loses a consent."""
    data_dir: Path
    """Folder of the embedded database and the keys."""
    public_url: str
    """Public URL of this server; scheme and host, no trailing slash."""
    secret_key: str
    """Signs sessions and keys the digests of visitors' secrets."""
    trusted_proxies: int
    """Number of trusted proxies whose forwarded headers are used."""
    country_header: str | None
    """Header of a trusted CDN with the visitor's country."""
    demo: bool
    """Whether the demo shop and its stand-in trackers are served."""
    checkpoint_every: timedelta = timedelta(seconds=5)
    """Time between two public checkpoints of the consent log, whose size tells how many decisions came."""
    security_contact: tuple[str, ...] = ()
    """Contacts for vulnerabilities: URIs, the best first. Empty: those of the site on this host."""
    security_policy: str | None = None
    """URL of the disclosure policy."""
    smtp_url: MailServer | None = None
    """The server that sends e-mail; None: no e-mail is sent."""
    mail_from: str | None = None
    """The sender of e-mail; set if `smtp_url` is."""
    scan_private: bool = False
    """Whether requests to typed addresses, such as webhooks, may reach private and loopback addresses."""
    session_idle: timedelta = timedelta(hours=12)
    """How long a session of the studio lasts that is not used."""
    session_lifetime: timedelta = timedelta(days=7)
    """How long a session lasts at most, until the next login."""
    require_second_factor: frozenset[str] = frozenset()
    """Roles whose users need a second factor; `everybody`: all."""
    audit_targets: tuple[EventTarget, ...] = ()
    """Where the audit log is delivered, beside the database."""
    company_register: bool = False
    """Whether organisations may be looked up in the Norwegian register of legal entities."""

    oidc: IdentityProvider | None = None
    """The identity provider for single sign-on; None: there is none."""
    local_login: bool = True
    """Whether accounts with a password may log in; if not, only the break-glass owner may."""

    @property
    def public_host(self) -> str:
        """Host and, where given, port of `public_url`."""
        return urlsplit(self.public_url).netloc

    @property
    def origin(self) -> str:
        """The origin of this server's pages, as browsers write it (RFC 6454, 6.2): no default port."""
        parts = urlsplit(self.public_url)
        default = {"http": 80, "https": 443}[parts.scheme]
        port = "" if parts.port in (None, default) else f":{parts.port}"
        return f"{parts.scheme}://{parts.hostname}{port}"

    @property
    def own_host(self) -> str:
        """The host of `public_url` without its port."""
        return self.public_host.rsplit(":", 1)[0]

    @property
    def secure(self) -> bool:
        """Whether browsers reach this server over HTTPS."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, existing: bool = False) -> Self:
        """Read the settings; creates the data folder and its secret key if missing, unless `existing`.

        :raises BadSetting: a variable has an invalid value, or there is no embedded database, and must be.
        """
        # The only read of the process environment; everything else gets a Settings as argument.
        env = _with_files(os.environ if environ is None else environ)
        if existing and not env.get("SAMTYKKE_DATABASE_URL"):
            _require_database(env.get("SAMTYKKE_DATA_DIR") or "instance")
        data_dir = _data_dir(env.get("SAMTYKKE_DATA_DIR") or "instance")
        smtp_url, mail_from = _mail(env.get("SAMTYKKE_SMTP_URL"), env.get("SAMTYKKE_MAIL_FROM"))
        oidc = _oidc(env)
        required = _roles("SAMTYKKE_REQUIRE_SECOND_FACTOR", env.get("SAMTYKKE_REQUIRE_SECOND_FACTOR"))
        if required and oidc is not None and not oidc.second_factor:
            raise BadSetting(
                "SAMTYKKE_REQUIRE_SECOND_FACTOR needs SAMTYKKE_OIDC_SECOND_FACTOR: what shows one there"
            )
        return cls(
            database_url=_database_url(env.get("SAMTYKKE_DATABASE_URL"), data_dir),
            redis_url=_redis_url(env.get("SAMTYKKE_REDIS_URL")),
            data_dir=data_dir,
            public_url=_public_url(env.get("SAMTYKKE_PUBLIC_URL") or "http://127.0.0.1:8000"),
            secret_key=_secret_key(env.get("SAMTYKKE_SECRET_KEY"), data_dir),
            trusted_proxies=_whole_number("SAMTYKKE_TRUSTED_PROXIES", env.get("SAMTYKKE_TRUSTED_PROXIES"), 0),
            country_header=_header("SAMTYKKE_COUNTRY_HEADER", env.get("SAMTYKKE_COUNTRY_HEADER")),
            demo=_switch("SAMTYKKE_DEMO", env.get("SAMTYKKE_DEMO")),
            checkpoint_every=_seconds("SAMTYKKE_CHECKPOINT_EVERY", env.get("SAMTYKKE_CHECKPOINT_EVERY"), 5),
            security_contact=_contacts(env.get("SAMTYKKE_SECURITY_CONTACT")),
            security_policy=_https("SAMTYKKE_SECURITY_POLICY", env.get("SAMTYKKE_SECURITY_POLICY")),
            smtp_url=smtp_url,
            mail_from=mail_from,
            scan_private=_switch("SAMTYKKE_SCAN_PRIVATE", env.get("SAMTYKKE_SCAN_PRIVATE")),
            session_idle=timedelta(
                hours=_of("SAMTYKKE_SESSION_IDLE", env.get("SAMTYKKE_SESSION_IDLE"), 12, most=720)
            ),
            session_lifetime=timedelta(
                days=_of("SAMTYKKE_SESSION_LIFETIME", env.get("SAMTYKKE_SESSION_LIFETIME"), 7, most=90)
            ),
            require_second_factor=required,
            audit_targets=_event_targets(env.get("SAMTYKKE_AUDIT_TARGETS")),
            company_register=_switch("SAMTYKKE_COMPANY_REGISTER", env.get("SAMTYKKE_COMPANY_REGISTER")),
            oidc=oidc,
            local_login=_local_login(env.get("SAMTYKKE_LOCAL_LOGIN"), oidc),
        )


def _with_files(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the content of the file for each variable that is named with `_FILE`."""
    found = dict(environ)
    for name in [each for each in environ if each.startswith("SAMTYKKE_") and each.endswith("_FILE")]:
        plain = name.removesuffix("_FILE")
        if not environ[name]:
            continue
        if environ.get(plain):
            raise BadSetting(f"{plain} and {name} are both set")
        try:
            found[plain] = Path(environ[name]).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else "no text in UTF-8"
            raise BadSetting(f"{name}={environ[name]!r} cannot be read: {why}") from fault
        del found[name]
    return found


def _data_dir(raw: str) -> Path:
    path = Path(raw).expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Without a name, so that processes that start at once do not take away each other's.
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as fault:
        raise BadSetting(f"SAMTYKKE_DATA_DIR={raw!r} cannot be written: {fault.strerror}") from fault
    return path


def _require_database(raw: str) -> None:
    path = Path(raw).expanduser().absolute()
    if (path.is_dir() and not (path / EMBEDDED).exists()) or not path.exists():
        raise BadSetting(
            f"there is no database in {path}: set SAMTYKKE_DATA_DIR to the folder of the running server,"
            " or make a new one with samtykke migrate"
        )


def _database_url(raw: str | None, data_dir: Path) -> str:
    if not raw:
        _refuse_network("SAMTYKKE_DATA_DIR", data_dir)
        return f"sqlite:///{data_dir / EMBEDDED}"
    # Imported here, because help is printed without a database library.
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(raw)
    except (ArgumentError, ValueError) as fault:
        raise BadSetting("SAMTYKKE_DATABASE_URL is not a SQLAlchemy URL") from fault
    if url.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise BadSetting(
            f"SAMTYKKE_DATABASE_URL names {url.drivername!r}; supported are sqlite and postgresql+psycopg"
        )
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and not url.database:
        raise BadSetting("SAMTYKKE_DATABASE_URL must name a file; an in-memory database keeps nothing")
    if url.drivername == "sqlite":
        _refuse_network("SAMTYKKE_DATABASE_URL", Path(url.database or ""))
    return url.render_as_string(hide_password=False)


def _refuse_network(name: str, path: Path) -> None:
    if kind := network_kind(path):
        raise BadSetting(
            f"{name} names a place on a network file system ({kind}), where SQLite can lose what it has"
            " stored: use a local disk, or PostgreSQL"
        )


def _redis_url(raw: str | None) -> str | None:
    if not raw:
        return None
    if not raw.startswith(("redis://", "rediss://", "unix://")):
        raise BadSetting("SAMTYKKE_REDIS_URL must start with redis://, rediss:// or unix://")
    return raw


def _public_url(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"SAMTYKKE_PUBLIC_URL={raw!r} is not an http(s) address")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise BadSetting(f"SAMTYKKE_PUBLIC_URL={raw!r} must be scheme and host only")
    if ":" in parts.hostname:
        raise BadSetting(f"SAMTYKKE_PUBLIC_URL={raw!r} needs a host name or an IPv4 address")
    return f"{parts.scheme}://{parts.netloc}"


def _secret_key(raw: str | None, data_dir: Path) -> str:
    if raw:
        if len(raw) < 32:
            raise BadSetting("SAMTYKKE_SECRET_KEY must have at least 32 characters")
        return raw
    path = data_dir / "secret_key"
    if not path.exists():
        write_atomically(path, secrets.token_urlsafe(48).encode(), mode=0o600, replace=False)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise BadSetting(f"the secret key in {path} is damaged: it has fewer than 32 characters")
    return key


def _roles(name: str, raw: str | None) -> frozenset[str]:
    words = frozenset(word.strip().lower() for word in (raw or "off").split(","))
    if "off" in words:
        if len(words) > 1:
            raise BadSetting(f"{name}={raw!r} is off and on at once")
        return frozenset()
    if "" in words:
        raise BadSetting(f"{name}={raw!r} is not off, everybody, or roles such as owner,developer")
    return words


def _whole_number(name: str, raw: str | None, default: int) -> int:
    if not raw:
        return default
    number = parsing.number(raw)
    if number is None or number > 16:
        raise BadSetting(f"{name}={raw!r} is not a whole number from 0 to 16")
    return number


def _seconds(name: str, raw: str | None, default: int) -> timedelta:
    number = parsing.number(raw) if raw else default
    if number is None or not 1 <= number <= MAX_INTERVAL:
        raise BadSetting(f"{name}={raw!r} is not a number of seconds from 1 to {MAX_INTERVAL}")
    return timedelta(seconds=number)


def _of(name: str, raw: str | None, default: int, *, most: int) -> int:
    number = parsing.number(raw) if raw else default
    if number is None or not 1 <= number <= most:
        raise BadSetting(f"{name}={raw!r} is not a whole number from 1 to {most}")
    return number


def _header(name: str, raw: str | None) -> str | None:
    if not raw:
        return None
    if not raw.isascii() or not raw.replace("-", "").isalnum():
        raise BadSetting(f"{name}={raw!r} is not the name of a header")
    return raw


def _contacts(raw: str | None) -> tuple[str, ...]:
    contacts = tuple((raw or "").split())
    for contact in contacts:
        if not is_contact(contact):
            raise BadSetting(
                f"SAMTYKKE_SECURITY_CONTACT={contact!r} is not an address such as mailto:security@example.no,"
                " https://example.no/security or tel:+4722000000"
            )
    return contacts


def _event_targets(raw: str | None) -> tuple[EventTarget, ...]:
    found = {}
    for address in (raw or "").split():
        try:
            found[address] = event_target(address)
        except ValueError as fault:
            raise BadSetting(f"SAMTYKKE_AUDIT_TARGETS={address!r} {fault}") from None
    return tuple(found.values())


def _https(name: str, raw: str | None) -> str | None:
    if not raw:
        return None
    if not is_https(raw):
        raise BadSetting(f"{name}={raw!r} is not an https address")
    return raw


def _mail(server: str | None, address: str | None) -> tuple[MailServer | None, str | None]:
    if not server:
        if address:
            raise BadSetting("SAMTYKKE_MAIL_FROM is set, but SAMTYKKE_SMTP_URL is not")
        return None, None
    if not address:
        raise BadSetting("SAMTYKKE_SMTP_URL needs SAMTYKKE_MAIL_FROM, the sender of e-mail")
    try:
        found = mail_server(server)
    except ValueError as fault:
        # Without its value, which holds a password.
        raise BadSetting(f"SAMTYKKE_SMTP_URL {fault}") from None
    try:
        sender(address)
    except ValueError as fault:
        raise BadSetting(f"SAMTYKKE_MAIL_FROM={address!r} {fault}") from None
    return found, address


def _oidc(env: Mapping[str, str]) -> IdentityProvider | None:
    name = "SAMTYKKE_OIDC_TRUST_EMAIL"
    try:
        return identity_provider(env, trusts_email=_switch(name, env.get(name)))
    except ValueError as fault:
        raise BadSetting(str(fault)) from None


def _local_login(raw: str | None, oidc: IdentityProvider | None) -> bool:
    local = _switch("SAMTYKKE_LOCAL_LOGIN", raw or "on")
    if not local and oidc is None:
        raise BadSetting(
            "SAMTYKKE_LOCAL_LOGIN is off, and SAMTYKKE_OIDC_ISSUER is not set: nobody could log in"
        )
    return local


def _switch(name: str, raw: str | None) -> bool:
    value = (raw or "off").lower()
    if value in ("1", "on", "true", "yes"):
        return True
    if value in ("0", "off", "false", "no"):
        return False
    raise BadSetting(f"{name}={raw!r} is neither on nor off")
