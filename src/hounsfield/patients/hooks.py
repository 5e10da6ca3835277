"""What the rooms above may want to know, in the transaction in which it happens."""

from typing import Any, Literal

from sqlalchemy.orm import Session

from hounsfield.accounts.permissions import Actor
from hounsfield.kit.hooks import Hook
from hounsfield.patients.models import Patient, PatientGrant

Change = Literal["created", "updated", "merged"]

changed: Hook[[Session, Actor, Patient, Change]] = Hook()
"""A record was made or changed by a person."""

merging: Hook[[Session, Patient, Patient, dict[str, Any]]] = Hook()
"""The first record becomes part of the second: whoever has things of the first moves them and writes down which."""

parting: Hook[[Session, Patient, Patient, dict[str, Any]]] = Hook()
"""The first record is taken out of the second again: what is written down goes back, as far as it is still there."""

opened: Hook[[Session, Actor, Patient, PatientGrant]] = Hook()
"""Somebody was granted a record, or opened it in an emergency."""

closed: Hook[[Session, Actor, Patient, PatientGrant]] = Hook()
"""A grant was taken back."""
