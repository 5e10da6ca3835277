"""`/dicomweb`: the Studies Service of PS3.18 chapter 10."""

from hounsfield.dicomweb import metadata, qido, rendered, stow, wado
from hounsfield.dicomweb.quick import Quick

ROUTERS = (qido.router, stow.router, wado.router, metadata.router, rendered.router)


# stands before all other routes
QUICK = Quick(
    ROUTERS,
    endpoints=(
        wado.frames,
        wado.one_instance,
        wado.series,
        wado.study,
        metadata.series,
        metadata.study,
        rendered.rendered_frames,
        rendered.rendered_instance,
        stow.store,
    ),
    searches=(qido.studies, qido.series_of, qido.instances_of_series),
)
