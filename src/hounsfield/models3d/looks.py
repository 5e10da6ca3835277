"""How tissues are drawn until a person says otherwise."""

import re

from sqlalchemy.orm import Session

from hounsfield.models3d.models import DisplayConfig
from hounsfield.models3d.schemas import DisplayConfigView, Look

DEFAULTS: dict[str, Look] = {
    "bone": Look(color="#E3DAC9"),
    "skin": Look(color="#E0AC69", opacity=0.25),
    "lungs": Look(color="#F4A6A6", opacity=0.6),
    "airway": Look(color="#7FB3D5"),
    "muscle": Look(color="#B03A2E", opacity=0.8),
    "vessels": Look(color="#C0392B"),
}
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_OTHERS = ("#5DADE2", "#58D68D", "#F5B041", "#AF7AC5", "#48C9B0", "#EC7063", "#A6ACAF", "#F7DC6F")


def look_of(tissue: str, liking: DisplayConfigView, position: int, told: object = None) -> Look:
    """Return how a new mesh looks: as its owner likes, else by the anatomists' habit, else as its algorithm says."""
    known = liking.tissues.get(tissue) or DEFAULTS.get(tissue)
    if known:
        return known
    own = told if isinstance(told, str) and _COLOR.fullmatch(told) else _OTHERS[position % len(_OTHERS)]
    return Look(color=own)


def liking_of(session: Session, user_id: str) -> DisplayConfigView:
    """Return a person's display configuration, the defaults where they have none."""
    row = session.get(DisplayConfig, user_id)
    return DisplayConfigView.model_validate(row.config) if row else DisplayConfigView(tissues=dict(DEFAULTS))


def keep_liking(session: Session, user_id: str, liking: DisplayConfigView) -> None:
    row = session.get(DisplayConfig, user_id)
    if row is None:
        session.add(DisplayConfig(user_id=user_id, config=liking.model_dump()))
    else:
        row.config = liking.model_dump()
