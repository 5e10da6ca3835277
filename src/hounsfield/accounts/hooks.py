"""What the rooms above may want to know, in the transaction in which it happens."""

from typing import Literal

from sqlalchemy.orm import Session

from hounsfield.accounts.models import User
from hounsfield.kit.hooks import Hook

AccessChange = Literal["roles", "status", "password", "session"]

registered: Hook[[Session, User]] = Hook()
"""A user was created, however that came about."""

access_changed: Hook[[Session, str, AccessChange]] = Hook()
"""A user (by id) may do less, or other, than a moment ago: whatever they hold open has to be checked again."""
