"""The rooms that the application is made of. Importing this module loads every table, job, hook and text."""

from fastapi import APIRouter

from hounsfield.accounts.api import router as accounts
from hounsfield.accounts.service import housekeeping as _accounts_sweep  # noqa: F401  registers its job
from hounsfield.engines.api import router as engines
from hounsfield.http.algorithms_api import router as algorithms
from hounsfield.http.configs_api import router as configs
from hounsfield.http.engines_api import router as engine_list
from hounsfield.http.queues_api import router as queues
from hounsfield.imaging import sweep as _imaging_sweep  # noqa: F401  registers its job
from hounsfield.imaging.api import router as imaging
from hounsfield.imaging.tus import router as tus
from hounsfield.kit import leader as _leader  # noqa: F401  loads its table
from hounsfield.models3d.api import router as models3d
from hounsfield.notifications import sweep as _notifications_sweep  # noqa: F401  registers its job
from hounsfield.points.api import router as points
from hounsfield.realtime.api import router as realtime
from hounsfield.realtime.plain import router as plain_sockets
from hounsfield.system.api import router as system
from hounsfield.tasks import comparison as _comparison  # noqa: F401  registers its job
from hounsfield.tasks import prepare as _prepare  # noqa: F401  registers its job
from hounsfield.tasks.api import router as tasks
from hounsfield.tasks.engine_api import router as engine_tasks

ROUTERS: tuple[APIRouter, ...] = (
    system,
    realtime,
    accounts,
    points,
    configs,
    algorithms,
    queues,
    engine_list,
    imaging,
    tus,
    # fixed paths such as /engines/tokens come before those with a variable part
    engines,
    engine_tasks,
    tasks,
    models3d,
)

SOCKETS: APIRouter = plain_sockets
