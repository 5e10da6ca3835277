"""`/dicomweb`: the Studies Service of PS3.18 chapter 10."""

from fastapi import APIRouter

from hounsfield.dicomweb import metadata, qido, rendered, stow, wado

router = APIRouter(prefix="/dicomweb", tags=["dicomweb"])
for part in (qido, stow, wado, metadata, rendered):
    router.include_router(part.router)
