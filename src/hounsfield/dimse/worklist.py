"""The modality worklist (PS3.4 annex K): planned examinations as scheduled procedure steps."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hounsfield.dimse.identifiers import Keys, texts
from hounsfield.dimse.matching import bounds, matches
from hounsfield.dimse.search import vr_of
from hounsfield.kit.platform import Platform
from hounsfield.patients.schedule import Scheduled, scheduled_steps

STEP = "ScheduledProcedureStepSequence"


def find_steps(platform: Platform, organization_id: str, keys: Keys) -> Iterator[dict[str, Any]]:
    """Yield what is planned and matches, with what is asked for of it.

    The database finds the steps of the days, of the modality and of the station that are asked for; names and the like
    are matched here: the list of a day is short. Dates and times are this server's local ones, as a modality's are.
    """
    asked = keys.get(STEP)
    step = asked if isinstance(asked, dict) else {}
    first, last = _days(_one(step, "ScheduledProcedureStepStartDate"))
    with platform.db.read() as session:
        found = scheduled_steps(
            session,
            organization_id,
            modality=_exact(step, "Modality"),
            station_ae=_exact(step, "ScheduledStationAETitle"),
            starts_from=first,
            starts_until=last,
            mrn=_exact(keys, "PatientID"),
            accession_number=_exact(keys, "AccessionNumber"),
        )
        shown = [_shown(each) for each in found]
    for answer in shown:
        if _matches(keys, answer):
            yield _asked_of(keys, answer)


def _one(keys: Keys, keyword: str) -> str:
    values = keys.get(keyword)
    return values[0] if isinstance(values, list) and values else ""


def _exact(keys: Keys, keyword: str) -> str | None:
    """Return the value of a key that says just one thing."""
    values = keys.get(keyword)
    if not isinstance(values, list) or len(values) != 1 or any(letter in values[0] for letter in "*?"):
        return None
    return str(values[0])


def _days(asked: str) -> tuple[datetime | None, datetime | None]:
    """Return the moments between which a range of days lies; None where it is open, or nothing that makes sense."""
    if not asked:
        return None, None
    first, last = bounds("DA", asked)
    return _midnight(first, after=False), _midnight(last, after=True)


def _midnight(day: str, *, after: bool) -> datetime | None:
    if not "1900" < day < "9999":
        return None
    try:
        moment = datetime.strptime(day, "%Y%m%d").astimezone()
    except ValueError:
        return None
    return moment + timedelta(days=after)


def _shown(scheduled: Scheduled) -> dict[str, Any]:
    step, visit, patient = scheduled.step, scheduled.visit, scheduled.patient
    starts = step.starts_at.astimezone()
    return {
        "PatientName": patient.name,
        "PatientID": patient.mrn,
        "IssuerOfPatientID": patient.issuer,
        "PatientBirthDate": patient.birth_date,
        "PatientSex": patient.sex,
        "AdmissionID": visit.number,
        "AccessionNumber": step.accession_number,
        "ReferringPhysicianName": visit.doctor,
        "RequestingPhysician": visit.doctor,
        "RequestedProcedureID": step.accession_number,
        "RequestedProcedureDescription": step.description,
        "RequestedProcedurePriority": "ROUTINE",
        "StudyInstanceUID": step.study_uid,
        STEP: [
            {
                "ScheduledStationAETitle": step.station_ae,
                "ScheduledProcedureStepStartDate": starts.strftime("%Y%m%d"),
                "ScheduledProcedureStepStartTime": starts.strftime("%H%M%S"),
                "Modality": step.modality,
                "ScheduledPerformingPhysicianName": step.physician,
                "ScheduledProcedureStepDescription": step.description,
                "ScheduledProcedureStepID": step.accession_number,
                "ScheduledProcedureStepStatus": "SCHEDULED",
            }
        ],
    }


def _matches(keys: Keys, shown: dict[str, Any]) -> bool:
    for keyword, wanted in keys.items():
        actual = shown.get(keyword)
        if keyword == "ScheduledStationAETitle" and not actual:
            continue  # no station was named: any may do it
        if isinstance(wanted, dict):
            if actual and not _matches(wanted, actual[0]):
                return False
        elif wanted and keyword in shown and not matches(vr_of(keyword), wanted, texts(actual)):
            return False
    return True


def _asked_of(keys: Keys, shown: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked for, empty where it is not known; without a key everything is."""
    answer: dict[str, Any] = {}
    for keyword, wanted in keys.items():
        if vr_of(keyword) != "SQ":
            answer[keyword] = shown.get(keyword)
        elif keyword in shown:
            item = shown[keyword][0]
            answer[keyword] = [_asked_of(wanted, item) if wanted else item]
        else:
            answer[keyword] = []
    return answer
