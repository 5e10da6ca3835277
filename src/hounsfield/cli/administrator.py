"""The first administrator: made once, with a password from the environment or a new one that is never a default."""

from hounsfield.accounts.service.registration import ensure_administrator
from hounsfield.kit.platform import Platform
from hounsfield.kit.settings import keep_private

PASSWORD_FILE = "admin-password"  # noqa: S105  the name of a file


def first_administrator(platform: Platform) -> str | None:
    """Create `admin` where there is none, and return the password if it was made up and has to be shown."""
    file = platform.settings.data_dir / PASSWORD_FILE
    with platform.db.write() as session:
        made = ensure_administrator(session, platform.settings.admin_password or None)
        if made:
            # written before the commit: a crash in between leaves a password without an account, made anew next time
            file.unlink(missing_ok=True)
            keep_private(file, made + "\n")
    return made
