"""What other rooms may use of this one."""

from hounsfield.accounts.hooks import AccessChange, access_changed, registered
from hounsfield.accounts.service.registration import ensure_administrator

__all__ = ["AccessChange", "access_changed", "ensure_administrator", "registered"]
