"""How an operator names an identity provider, and how a mistake is reported."""

from pathlib import Path

import pytest

from server.core.identity_provider import MappedRole
from server.core.settings import BadSetting, Settings

SECRET = "hemmelig-hemmelig"
NAMED = {
    "SAMTYKKE_OIDC_ISSUER": "https://login.example.no/realms/staff",
    "SAMTYKKE_OIDC_CLIENT_ID": "samtykke",
    "SAMTYKKE_OIDC_CLIENT_SECRET": SECRET,
    "SAMTYKKE_OIDC_ROLE_CLAIM": "realm_access.roles",
    "SAMTYKKE_OIDC_ROLE_MAP": "admins=owner, /groups/a=b=editor:shop+blog,fc:org:uninett.no=auditor",
}


def read(tmp_path: Path, **changes: str) -> Settings:
    return Settings.from_env({"SAMTYKKE_DATA_DIR": str(tmp_path / "data"), **NAMED, **changes})


def test_a_provider_is_read_with_its_roles(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.oidc is not None
    assert settings.oidc.role_map == (
        MappedRole("admins", "owner", None),
        MappedRole("/groups/a=b", "editor", ("shop", "blog")),
        MappedRole("fc:org:uninett.no", "auditor", None),
    )
    assert (settings.oidc.name, settings.oidc.scopes) == ("login.example.no", "openid email")
    assert (settings.oidc.trusts_email, settings.local_login) == (False, True)
    assert SECRET not in repr(settings)


def test_values_with_commas_stand_in_lines_of_their_own(tmp_path: Path) -> None:
    groups = tmp_path / "roles"
    groups.write_text("CN=admins,OU=IT=owner\n\nCN=web,OU=IT=developer:shop\n")
    settings = Settings.from_env(
        {"SAMTYKKE_DATA_DIR": str(tmp_path / "data"), **NAMED, "SAMTYKKE_OIDC_ROLE_MAP": "",
         "SAMTYKKE_OIDC_ROLE_MAP_FILE": str(groups)}
    )  # fmt: skip
    assert settings.oidc is not None
    assert [(each.value, each.role) for each in settings.oidc.role_map] == [
        ("CN=admins,OU=IT", "owner"),
        ("CN=web,OU=IT", "developer"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMTYKKE_OIDC_ISSUER", "login.example.no"),
        ("SAMTYKKE_OIDC_ISSUER", "http://login.example.no"),
        ("SAMTYKKE_OIDC_ISSUER", "https://login.example.no?tenant=1"),
        ("SAMTYKKE_OIDC_ISSUER", "https://kari:x@login.example.no"),
        ("SAMTYKKE_OIDC_ISSUER", "https://login.example.no:99999"),
        ("SAMTYKKE_OIDC_ISSUER", "https://login.example.no/a b"),
        ("SAMTYKKE_OIDC_CLIENT_ID", ""),
        ("SAMTYKKE_OIDC_CLIENT_SECRET", ""),
        ("SAMTYKKE_OIDC_ROLE_CLAIM", ""),
        ("SAMTYKKE_OIDC_ROLE_MAP", ""),
        ("SAMTYKKE_OIDC_ROLE_MAP", "admins"),
        ("SAMTYKKE_OIDC_ROLE_MAP", "=owner"),
        ("SAMTYKKE_OIDC_ROLE_MAP", "admins="),
        ("SAMTYKKE_OIDC_ROLE_MAP", "admins=editor:"),
        ("SAMTYKKE_OIDC_ROLE_MAP", "admins=editor:Shop!"),
        ("SAMTYKKE_OIDC_ROLE_MAP", "admins=editor:shop+"),
        ("SAMTYKKE_OIDC_SCOPES", "email profile"),
        ("SAMTYKKE_OIDC_SCOPES", "openid  email"),
        ("SAMTYKKE_OIDC_TRUST_EMAIL", "perhaps"),
        ("SAMTYKKE_OIDC_NAME", "x" * 61),
        ("SAMTYKKE_LOCAL_LOGIN", "perhaps"),
    ],
)
def test_a_wrong_setting_is_named_without_the_secret(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as fault:
        read(tmp_path, **{name: value})
    assert SECRET not in str(fault.value)


def test_a_provider_on_this_machine_needs_no_encryption(tmp_path: Path) -> None:
    for issuer in ("http://127.0.0.1:9000", "http://localhost:9000/realm", "http://[::1]:9000"):
        settings = read(tmp_path, SAMTYKKE_OIDC_ISSUER=issuer)
        assert settings.oidc is not None
        assert settings.oidc.issuer == issuer


def test_where_a_second_factor_is_required_it_has_to_be_said_what_shows_one(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SAMTYKKE_OIDC_SECOND_FACTOR"):
        read(tmp_path, SAMTYKKE_REQUIRE_SECOND_FACTOR="owner")
    settings = read(tmp_path, SAMTYKKE_REQUIRE_SECOND_FACTOR="owner", SAMTYKKE_OIDC_SECOND_FACTOR="mfa  otp")
    assert settings.oidc is not None
    assert settings.oidc.second_factor == {"mfa", "otp"}


def test_without_an_issuer_nothing_of_it_may_be_set_and_local_login_stays(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SAMTYKKE_OIDC_CLIENT_ID"):
        read(tmp_path, SAMTYKKE_OIDC_ISSUER="")
    data = {"SAMTYKKE_DATA_DIR": str(tmp_path / "data")}
    assert Settings.from_env(data).oidc is None
    with pytest.raises(BadSetting, match="SAMTYKKE_LOCAL_LOGIN"):
        Settings.from_env({**data, "SAMTYKKE_LOCAL_LOGIN": "off"})
    assert not read(tmp_path, SAMTYKKE_LOCAL_LOGIN="off").local_login
