"""`/dicomweb`: the Studies Service of PS3.18 chapter 10."""

from hounsfield.dicomweb import metadata, qido, rendered, stow, wado

ROUTERS = (qido.router, stow.router, wado.router, metadata.router, rendered.router)
