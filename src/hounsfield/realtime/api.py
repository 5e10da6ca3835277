"""`/realtime/ticket`: the way from a signed-in page to its socket."""

from fastapi import status
from pydantic import BaseModel

from hounsfield.accounts.actor import CurrentActor
from hounsfield.kit.routing import Router
from hounsfield.kit.web import PlatformDep
from hounsfield.realtime import tickets

router = Router(prefix="/realtime", tags=["realtime"])


class Ticket(BaseModel):
    ticket: str
    expires_in: int


@router.post("/ticket", status_code=status.HTTP_201_CREATED)
def ticket(actor: CurrentActor, platform: PlatformDep) -> Ticket:
    """Give a ticket for one connection within the next seconds."""
    with platform.db.write() as session:
        return Ticket(ticket=tickets.issue(session, actor), expires_in=int(tickets.LIFETIME.total_seconds()))
