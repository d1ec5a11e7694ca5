"""Records of decisions are altered, hidden, forged or lost, and erasures with them."""

import random
import secrets
from dataclasses import replace
from typing import Any

from server.consents.record import commitment as committed
from server.core.ids import new_id, new_number
from tests.faults.attacks.scene import Attack, Scene


def _change_a_choice(scene: Scene) -> None:
    row = scene.one_of("consent")
    put_record(scene, row, row.record.replace(b'"statistics":false', b'"statistics":true'))


def _change_a_choice_beside_the_record(scene: Scene) -> None:
    row = scene.one_of("consent")
    changed = row.choices.replace('"statistics":false', '"statistics":true')
    scene("UPDATE consent SET choices = :c WHERE consent_id = :i", c=changed, i=row.consent_id)


def _change_a_choice_and_its_commitment(scene: Scene) -> None:
    row = scene.one_of("consent")
    record = row.record.replace(b'"statistics":false', b'"statistics":true')
    put_record(scene, row, record)
    put_commitment(scene, row, committed(row.salt, record))


def _backdate_a_decision(scene: Scene) -> None:
    row = scene.one_of("consent")
    earlier = row.recorded_at.replace("2026-11", "2026-10")
    scene("UPDATE consent SET recorded_at = :t WHERE consent_id = :i", t=earlier, i=row.consent_id)


def _backdate_a_decision_in_its_record(scene: Scene) -> None:
    row = scene.one_of("consent")
    record = row.record.replace(b'"recorded_at":"2026-11', b'"recorded_at":"2026-10')
    put_record(scene, row, record)
    earlier = row.recorded_at.replace("2026-11", "2026-10")
    scene("UPDATE consent SET recorded_at = :t WHERE consent_id = :i", t=earlier, i=row.consent_id)
    put_commitment(scene, row, committed(row.salt, record))


def put_record(scene: Scene, row: Any, record: bytes) -> None:
    """Store another record in the place of a decision's."""
    scene("UPDATE consent SET record = :r WHERE consent_id = :i", r=record, i=row.consent_id)


def put_commitment(scene: Scene, row: Any, commitment: bytes) -> None:
    """Store another commitment beside a decision."""
    scene("UPDATE consent SET commitment = :c WHERE consent_id = :i", c=commitment, i=row.consent_id)


def _hide_a_decision(scene: Scene) -> None:
    scene("DELETE FROM consent WHERE consent_id = :i", i=scene.one_of("consent").consent_id)


def _hide_a_decision_and_its_name(scene: Scene) -> None:
    row = scene.one_of("consent")
    scene("DELETE FROM consent WHERE consent_id = :i", i=row.consent_id)
    for table in ("ledger_entry", "ledger_outbox"):
        scene(f"UPDATE {table} SET subject = '' WHERE subject = :i", i=row.consent_id)


def _hide_a_decision_as_erased(scene: Scene) -> None:
    """With an erasure that the log has no tombstone of."""
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry)")
    _hide_a_decision_and_its_name(replace(scene, chance=_Always(row)))
    scene(
        "INSERT INTO consent_erasure (site_id, commitment, decision_digest, salt) VALUES (:s, :c, :d, :k)",
        s=row.site_id, c=row.commitment, d=secrets.token_bytes(32), k=secrets.token_bytes(32),
    )  # fmt: skip


class _Always(random.Random):
    """Chance that is none."""

    def __init__(self, row: Any) -> None:
        super().__init__()
        self.row = row

    def choice(self, _rows: Any) -> Any:
        """The row."""
        return self.row


def _forge_a_decision(scene: Scene) -> None:
    _forge(scene)


def _forge_a_decision_under_a_logged_name(scene: Scene) -> None:
    """In the place of one that is logged already."""
    row = scene.one_of("consent", "consent_id IN (SELECT subject FROM ledger_entry)")
    scene("DELETE FROM consent WHERE consent_id = :i", i=row.consent_id)
    forged = _forge(scene)
    record = row.record.replace(b'"functional":true', b'"functional":false')
    scene(
        "UPDATE consent SET consent_id = :i, record = :r, commitment = :c WHERE consent_id = :f",
        i=row.consent_id, r=record, c=committed(row.salt, record), f=forged,
    )  # fmt: skip


def _forge(scene: Scene) -> str:
    row = scene.one_of("consent")
    number, idem = new_number(), new_id()
    record = row.record.replace(row.consent_id.encode(), number.encode())
    record = record.replace(row.decision_id.encode(), idem.encode())
    values = {
        **row._mapping, "consent_id": number, "decision_id": idem, "record": record,
        "commitment": committed(row.salt, record),
    }  # fmt: skip
    names = ", ".join(values)
    scene(f"INSERT INTO consent ({names}) VALUES ({', '.join(f':{name}' for name in values)})", **values)
    return number


def _log_a_decision_twice(scene: Scene) -> None:
    row = scene.one_of("consent")
    scene(
        "INSERT INTO ledger_outbox (id, kind, site_id, subject, commitment, created_at)"
        " VALUES (:id, 1, :s, :n, :c, :t)",
        id=new_id(), s=row.site_id, n=row.consent_id, c=row.commitment, t=row.recorded_at,
    )  # fmt: skip


def _lose_what_waits(scene: Scene) -> None:
    scene("DELETE FROM ledger_outbox WHERE id = :i", i=scene.one_of("ledger_outbox").id)


def _forget_an_erasure(scene: Scene) -> None:
    row = scene.one_of("consent_erasure")
    scene("DELETE FROM consent_erasure WHERE commitment = :c", c=row.commitment)


def _alter_an_erasure(scene: Scene) -> None:
    row = scene.one_of("consent_erasure")
    scene(
        "UPDATE consent_erasure SET salt = :k WHERE commitment = :c",
        k=secrets.token_bytes(32),
        c=row.commitment,
    )


ATTACKS: tuple[Attack, ...] = (
    _change_a_choice,
    _change_a_choice_beside_the_record,
    _change_a_choice_and_its_commitment,
    _backdate_a_decision,
    _backdate_a_decision_in_its_record,
    _hide_a_decision,
    _hide_a_decision_and_its_name,
    _hide_a_decision_as_erased,
    _forge_a_decision,
    _forge_a_decision_under_a_logged_name,
    _log_a_decision_twice,
    _lose_what_waits,
    _forget_an_erasure,
    _alter_an_erasure,
)
