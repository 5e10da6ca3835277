"""The rooms that the application is made of. Importing this module loads every table, job, hook and text."""

from fastapi import APIRouter
from starlette.routing import BaseRoute

from hounsfield.accounts.api import router as accounts
from hounsfield.accounts.service import housekeeping as _accounts_sweep  # noqa: F401  registers its job
from hounsfield.accounts.tokens_api import router as api_tokens
from hounsfield.annotations.api import router as annotations
from hounsfield.annotations.overlays_api import router as overlays
from hounsfield.annotations.render_api import router as renders
from hounsfield.archive import sweep as _archive_sweep  # noqa: F401  registers its job
from hounsfield.archive.api import router as archive
from hounsfield.archive.lifecycle_api import router as lifecycle
from hounsfield.archive.storage_api import router as storage
from hounsfield.audit.api import router as audit
from hounsfield.dicomweb.api import QUICK
from hounsfield.dicomweb.api import ROUTERS as DICOMWEB
from hounsfield.dimse import retrieve as _retrieve  # noqa: F401  registers its job
from hounsfield.dimse.api import router as dicom_nodes
from hounsfield.engines.api import router as engines
from hounsfield.http import patient_news as _patient_news  # noqa: F401  connects what people are told
from hounsfield.http.algorithms_api import router as algorithms
from hounsfield.http.configs_api import router as configs
from hounsfield.http.engines_api import router as engine_list
from hounsfield.http.queues_api import router as queues
from hounsfield.http.timeline_api import router as timeline
from hounsfield.imaging import settle as _imaging_settle  # noqa: F401  registers its job
from hounsfield.imaging import sweep as _imaging_sweep  # noqa: F401  registers its job
from hounsfield.imaging.api import router as imaging
from hounsfield.imaging.saved_views import router as saved_views
from hounsfield.imaging.tus import router as tus
from hounsfield.kit import leader as _leader  # noqa: F401  loads its table
from hounsfield.models3d import overlays as _model_overlays  # noqa: F401  lends them to annotations
from hounsfield.models3d.api import router as models3d
from hounsfield.notifications import sweep as _notifications_sweep  # noqa: F401  registers its job
from hounsfield.patients import jobs as _patients_jobs  # noqa: F401  registers its job
from hounsfield.patients.api import router as patients
from hounsfield.patients.grants_api import router as grants
from hounsfield.patients.visits_api import router as visits
from hounsfield.points.api import router as points
from hounsfield.realtime.api import router as realtime
from hounsfield.realtime.plain import router as plain_sockets
from hounsfield.rules.api import router as rules
from hounsfield.system.api import router as system
from hounsfield.tasks import comparison as _comparison  # noqa: F401  registers its job
from hounsfield.tasks import labels as _task_labels  # noqa: F401  lends them to annotations
from hounsfield.tasks import prepare as _prepare  # noqa: F401  registers its job
from hounsfield.tasks import withdrawn as _withdrawn  # noqa: F401  connects its hook
from hounsfield.tasks.api import SHORT as ORDERS
from hounsfield.tasks.api import router as tasks
from hounsfield.tasks.engine_api import SHORT as WORDS
from hounsfield.tasks.engine_api import router as engine_tasks

ROUTERS: tuple[APIRouter, ...] = (
    system,
    realtime,
    accounts,
    api_tokens,
    points,
    configs,
    audit,
    algorithms,
    queues,
    engine_list,
    grants,
    patients,
    visits,
    timeline,
    archive,
    lifecycle,
    storage,
    rules,
    saved_views,
    imaging,
    annotations,
    overlays,
    renders,
    tus,
    dicom_nodes,
    # fixed paths such as /engines/tokens come before those with a variable part
    engines,
    engine_tasks,
    tasks,
    models3d,
)

SHORTCUTS: tuple[BaseRoute, ...] = (QUICK, WORDS, ORDERS)
"""Routes that lead to some endpoints of the rooms past all others; they are asked first."""

__all__ = ["DICOMWEB", "ROUTERS", "SHORTCUTS", "SOCKETS"]

SOCKETS: APIRouter = plain_sockets
