"""Projects: who the same person is within one of them, and nowhere else."""

import hmac
import secrets

from sqlalchemy.orm import Session

from hounsfield.accounts.access import is_id
from hounsfield.archive.errors import ProjectKeyLost
from hounsfield.archive.models import DeidProject
from hounsfield.dicom.blanking import Region
from hounsfield.dicom.confidentiality import Option
from hounsfield.dicom.deidentify import Profile
from hounsfield.dicom.pseudonyms import Pseudonyms
from hounsfield.kit.errors import NotFound
from hounsfield.kit.keyring import keys
from hounsfield.kit.settings import Settings

_PURPOSE = "deidentification"


def new_salt(settings: Settings) -> str:
    """Return what makes a new project's key its own, with the id of the key that it is made from."""
    return f"{keys(settings, _PURPOSE)[0].id}:{secrets.token_hex(16)}"


def profile_of(settings: Settings, project: DeidProject) -> Profile:
    """Return how a project de-identifies.

    Raises
    ------
    ProjectKeyLost
        The installation's secret was changed and the earlier one is not listed.
    """
    key_id, _, salt = project.salt.partition(":")
    for key in keys(settings, _PURPOSE):
        if key.id == key_id:
            own = hmac.digest(key.secret, salt.encode(), "sha256")
            regions = tuple(Region(**region) for region in project.regions)
            options = frozenset(Option(option) for option in project.options)
            return Profile(Pseudonyms(own, project.prefix), options, regions)
    raise ProjectKeyLost


def project_of(session: Session, organization_id: str, project_id: str) -> DeidProject:
    """Return a project of an organization, or raise NotFound."""
    project = session.get(DeidProject, project_id) if is_id(project_id) else None
    if project is None or project.organization_id != organization_id or project.deleted_at:
        raise NotFound
    return project
