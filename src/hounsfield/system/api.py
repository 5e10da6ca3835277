"""What the system is, for everybody."""

from importlib.metadata import version

from pydantic import BaseModel

from hounsfield.kit.i18n import LANGUAGES
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.system import configs

router = Router(prefix="/system", tags=["system"])
PUBLIC = ("max_upload_bytes", "registration_open", "payment_mode")


class Info(BaseModel):
    """What a client needs to know before anybody has signed in."""

    name: str
    version: str
    languages: list[str]
    max_upload_bytes: int
    registration_open: bool
    payment_mode: str


@router.get("/info")
def info(platform: PlatformDep) -> Info:
    """Return version, languages and limits."""
    with platform.db.read() as session:
        values = {key: configs.get(session, configs.find(key)) for key in PUBLIC}
    return Info(name="Hounsfield", version=version("hounsfield"), languages=list(LANGUAGES), **values)
