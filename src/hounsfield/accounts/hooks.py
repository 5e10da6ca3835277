"""What the rooms above may want to know, in the transaction in which it happens."""

from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from hounsfield.accounts.models import User
from hounsfield.kit.hooks import Hook

AccessChange = Literal["roles", "status", "password", "session"]

registered: Hook[[Session, User]] = Hook()
"""A user was created, however that came about."""

opened_records: Hook[[Connection, str, set[str]]] = Hook()
"""Somebody (by id) asks for something: a room that opens single patients' records to people adds those that are open now."""

access_changed: Hook[[Session, str, AccessChange]] = Hook()
"""A user (by id) may do less, or other, than a moment ago: whatever they hold open has to be checked again."""
